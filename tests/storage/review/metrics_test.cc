// What dashboards see.
#include "services/review/metrics.h"

#include "gmock/gmock.h"
#include "qinglian/review/v1/objection_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using ReviewMetricsTest = ReviewTest;

TEST_F(ReviewMetricsTest, RoundsApplicationsAndOverdueObjectionsAreCounted) {
  Draft(other_unit_);
  const v1::Application noticed = OnNotice(Scored({Submitted(unit_)}));
  v1::FileObjectionRequest request;
  request.mutable_objection()->set_application(noticed.name());
  request.mutable_objection()->set_objector(third_);
  request.mutable_objection()->set_display_name("材料不实");
  request.mutable_objection()->set_grounds("次数不足");
  const auto filed = Made(Call<v1::Objection>("ObjectionService/FileObjection", request, third_));
  Made(Move<v1::AdmitObjectionRequest>("ObjectionService/AdmitObjection", filed, clerk_));
  const auto registry = std::make_shared<metrics::Registry>("review", "test");
  ReviewMetrics metrics(*registry);
  const auto connection = service_.database().Open();
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 3, 17)).ok());
  const std::string shown = registry->Render();
  EXPECT_THAT(shown, HasSubstr(R"(review_rounds{state="on_notice"} 1)"));
  EXPECT_THAT(shown, HasSubstr(R"(review_applications{division="3301",state="on_notice"} 1)"));
  EXPECT_THAT(shown, HasSubstr(R"(review_applications{division="3301",state="draft"} 1)"));
  EXPECT_THAT(shown, Not(HasSubstr("review_objections_overdue{")));
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 5, 17)).ok());
  EXPECT_THAT(registry->Render(), HasSubstr(R"(review_objections_overdue{division="3301"} 1)"));
}

TEST_F(ReviewMetricsTest, ARoundIsOverdueFromTheDayAfterTheLastOfItsStep) {
  OnNotice(Scored({Submitted(unit_)}));
  const auto registry = std::make_shared<metrics::Registry>("review", "test");
  ReviewMetrics metrics(*registry);
  const auto connection = service_.database().Open();
  service_.database().Run("UPDATE review_rounds SET notice_end_date = '2025-05-17'");
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 5, 17)).ok());
  EXPECT_THAT(registry->Render(), HasSubstr(R"(review_rounds_overdue{step="notice"} 0)"));
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 5, 18)).ok());
  EXPECT_THAT(registry->Render(), HasSubstr(R"(review_rounds_overdue{step="notice"} 1)"));
  service_.database().Run(
      "UPDATE review_rounds SET state = 'STATE_OPEN', submission_end_date = '2025-05-17'");
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 5, 18)).ok());
  EXPECT_THAT(registry->Render(), HasSubstr(R"(review_rounds_overdue{step="submission"} 1)"));
}

TEST_F(ReviewMetricsTest, ScoreSheetsAreThoseOfTheRoundsOfTheLatestYearThatWereNotCancelled) {
  OnNotice(Scored({Submitted(unit_)}));
  const auto registry = std::make_shared<metrics::Registry>("review", "test");
  ReviewMetrics metrics(*registry);
  const auto connection = service_.database().Open();
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 5, 17)).ok());
  EXPECT_THAT(registry->Render(), HasSubstr(R"(review_score_sheets{state="locked"})"));
  service_.database().Run("UPDATE review_rounds SET state = 'STATE_CANCELLED'");
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 5, 17)).ok());
  EXPECT_THAT(registry->Render(), Not(HasSubstr("review_score_sheets{")));
}

TEST(ReviewMetricNames, AreThese) {
  const auto registry = std::make_shared<metrics::Registry>("review", "test");
  ReviewMetrics metrics(*registry);
  const std::string described = registry->Describe();
  for (const char* line :
       {"gauge review_rounds{state}", "gauge review_applications{division,state}",
        "gauge review_titles{division,state}", "gauge review_objections_overdue{division}"}) {
    EXPECT_THAT(described, HasSubstr(line));
  }
}

}  // namespace
}  // namespace qinglian::review
