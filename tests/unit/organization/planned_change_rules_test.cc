#include "services/organization/planned_change_rules.h"

#include <gtest/gtest.h>

#include "common/clock/date.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::organization {
namespace {

using v1::PlannedChange;

const absl::CivilDay kToday(2025, 3, 10);

PlannedChange Wanted(absl::CivilDay day) {
  PlannedChange plan;
  plan.set_name("plannedChanges/01930000-0000-7000-8000-000000000001");
  plan.mutable_move()->set_name("organizations/01930000-0000-7000-8000-000000000002");
  *plan.mutable_effective_date() = clock::ToDate(day);
  return plan;
}

TEST(PlannedChangeRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  lifecycle::ExpectLifecycle<PlannedChange>(
      Wanted(kToday + 1),
      {{kApplyPlan, [](PlannedChange& plan) { return Applied(plan, plan.move().name()); }},
       {kFailPlan, [](PlannedChange& plan) { return Failed(plan, absl::NotFoundError("gone")); }},
       {kCancelPlan, [](PlannedChange& plan) { return Cancel(plan, "persons/p", "方案调整"); }}});
}

TEST(PlannedChangeRules, IsForADayToComeAndConcernsWhatItsRequestNames) {
  for (const auto& [days, planned] : {std::pair{-1, false}, {0, false}, {1, true}, {400, true}}) {
    PlannedChange plan = Wanted(kToday + days);
    EXPECT_EQ(Plan(plan, "persons/p", kToday).ok(), planned) << days;
    if (!planned) continue;
    EXPECT_EQ(plan.organization(), plan.move().name());
    EXPECT_EQ(plan.planner(), "persons/p");
    EXPECT_EQ(plan.state(), PlannedChange::STATE_PLANNED);
  }
}

TEST(PlannedChangeRules, HoldsOneChange) {
  PlannedChange plan = Wanted(kToday + 1);
  plan.clear_move();
  EXPECT_TRUE(absl::IsInvalidArgument(Plan(plan, "persons/p", kToday)));
}

}  // namespace
}  // namespace qinglian::organization
