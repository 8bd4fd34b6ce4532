// What dashboards see.
#include "services/supervision/metrics.h"

#include "tests/storage/supervision/supervision.h"

namespace qinglian::supervision {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using SupervisionMetricsTest = SupervisionTest;

TEST_F(SupervisionMetricsTest, CasesAndItemsAreCountedByDivisionAndState) {
  Received();
  ClosedOut(InRectification());
  InProgress(InRectification());
  const auto registry = std::make_shared<metrics::Registry>("supervision", "test");
  SupervisionMetrics metrics(*registry);
  const auto connection = served_.database().Open();
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 3, 10)).ok());
  const std::string shown = registry->Render();
  for (const char* line :
       {R"(supervision_cases{division="3301",severity="ordinary",state="received"} 1)",
        R"(supervision_cases{division="3301",severity="serious",state="in_rectification"} 2)",
        R"(supervision_rectification_items{division="3301",state="closed_out"} 1)",
        R"(supervision_rectification_items{division="3301",state="in_progress"} 1)"}) {
    EXPECT_THAT(shown, HasSubstr(line));
  }
  EXPECT_THAT(shown, Not(HasSubstr("overdue{")));
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 9, 11)).ok());
  const std::string later = registry->Render();
  EXPECT_THAT(later, HasSubstr(R"(supervision_cases_overdue{division="3301"} 1)"));
  EXPECT_THAT(later, HasSubstr(R"(supervision_rectification_items_overdue{division="3301"} 1)"));
}

TEST_F(SupervisionMetricsTest, CasesAreCountedBySourceForTheWholeProvince) {
  Received();
  served_.database().Run("UPDATE supervision_cases SET source = 'SOURCE_WARNING'");
  InRectification();
  const auto registry = std::make_shared<metrics::Registry>("supervision", "test");
  SupervisionMetrics metrics(*registry);
  ASSERT_TRUE(metrics.Count(*served_.database().Open(), absl::CivilDay(2025, 3, 10)).ok());
  const std::string shown = registry->Render();
  EXPECT_THAT(shown,
              HasSubstr(R"(supervision_cases_by_source{source="warning",state="received"} 1)"));
  EXPECT_THAT(shown, HasSubstr(R"(state="in_rectification"} 1)"));
}

TEST_F(SupervisionMetricsTest, TheMedianOfAnEvenNumberIsTheMeanOfTheTwoInTheMiddle) {
  for (int i = 0; i < 4; ++i) Received();
  // Closed after 10, 20, 40 and 400 days.
  served_.database().Run(
      "SET @n = 0; UPDATE supervision_cases SET state = 'STATE_CLOSED', receive_date = "
      "DATE_SUB('2025-09-01', INTERVAL ELT(@n := @n + 1, 10, 20, 40, 400) DAY), close_date = "
      "'2025-09-01'");
  const auto registry = std::make_shared<metrics::Registry>("supervision", "test");
  SupervisionMedians medians(*registry);
  const auto connection = served_.database().Open();
  ASSERT_TRUE(medians.Count(*connection, absl::CivilDay(2025, 9, 10)).ok());
  // 30 days.
  EXPECT_THAT(registry->Render(),
              HasSubstr(R"(supervision_case_close_median_seconds{division="3301"} 2592000)"));
}

TEST_F(SupervisionMetricsTest, TheMedianOfItemsIsFromIssueToCloseOut) {
  ClosedOut(InRectification());
  served_.database().Run(
      "UPDATE rectification_items SET issue_date = '2025-03-01', end_date = '2025-03-08'");
  const auto registry = std::make_shared<metrics::Registry>("supervision", "test");
  SupervisionMedians medians(*registry);
  ASSERT_TRUE(medians.Count(*served_.database().Open(), absl::CivilDay(2025, 9, 10)).ok());
  EXPECT_THAT(
      registry->Render(),
      HasSubstr(R"(supervision_rectification_close_median_seconds{division="3301"} 604800)"));
}

TEST(SupervisionMetricNames, AreThese) {
  const auto registry = std::make_shared<metrics::Registry>("supervision", "test");
  SupervisionMetrics metrics(*registry);
  const std::string described = registry->Describe();
  for (const char* line : {"gauge supervision_cases{division,severity,state}",
                           "gauge supervision_cases_overdue{division}",
                           "gauge supervision_cases_by_source{source,state}",
                           "gauge supervision_rectification_items{division,state}",
                           "gauge supervision_rectification_items_overdue{division}"}) {
    EXPECT_THAT(described, HasSubstr(line));
  }
}

}  // namespace
}  // namespace qinglian::supervision
