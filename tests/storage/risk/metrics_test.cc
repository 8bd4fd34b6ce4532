// What dashboards see.
#include "services/risk/metrics.h"

#include "gmock/gmock.h"
#include "tests/storage/risk/fixture.h"

namespace qinglian::risk {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using RiskMetricsTest = RiskTest;

TEST_F(RiskMetricsTest, PointsAndControlsAreCountedByDivisionGradeAndState) {
  ActiveControl(ActivePoint(5, 5).name());
  PendingPoint(1, 1);
  const auto registry = std::make_shared<metrics::Registry>("risk", "test");
  RiskMetrics metrics(*registry);
  const auto connection = service_.database().Open();
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 3, 3)).ok());
  const std::string shown = registry->Render();
  EXPECT_THAT(shown, HasSubstr(R"(risk_points{division="3301",grade="high",state="active"} 1)"));
  EXPECT_THAT(
      shown,
      HasSubstr(R"(risk_points{division="3301",grade="unspecified",state="pending_review"} 1)"));
  EXPECT_THAT(shown, HasSubstr(R"(risk_controls{division="3301",state="planned"} 2)"));
  EXPECT_THAT(shown, HasSubstr(R"(risk_controls{division="3301",state="active"} 1)"));
  EXPECT_THAT(shown, Not(HasSubstr("risk_reviews_overdue{")));
  ASSERT_TRUE(metrics.Count(*connection, absl::CivilDay(2025, 6, 4)).ok());
  const std::string later = registry->Render();
  EXPECT_THAT(later, HasSubstr(R"(risk_reviews_overdue{division="3301",grade="high"} 1)"));
  EXPECT_THAT(later, HasSubstr(R"(risk_controls_overdue{division="3301"} 1)"));
}

TEST(RiskMetricNames, AreThese) {
  const auto registry = std::make_shared<metrics::Registry>("risk", "test");
  RiskMetrics metrics(*registry);
  const std::string described = registry->Describe();
  for (const char* line :
       {"gauge risk_points{division,grade,state}", "gauge risk_reviews_overdue{division,grade}",
        "gauge risk_controls{division,state}", "gauge risk_controls_overdue{division}"}) {
    EXPECT_THAT(described, HasSubstr(line));
  }
}

}  // namespace
}  // namespace qinglian::risk
