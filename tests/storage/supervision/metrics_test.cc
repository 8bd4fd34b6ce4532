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

TEST(SupervisionMetricNames, AreThese) {
  const auto registry = std::make_shared<metrics::Registry>("supervision", "test");
  SupervisionMetrics metrics(*registry);
  const std::string described = registry->Describe();
  for (const char* line : {"gauge supervision_cases{division,severity,state}",
                           "gauge supervision_cases_overdue{division}",
                           "gauge supervision_rectification_items{division,state}",
                           "gauge supervision_rectification_items_overdue{division}"}) {
    EXPECT_THAT(described, HasSubstr(line));
  }
}

}  // namespace
}  // namespace qinglian::supervision
