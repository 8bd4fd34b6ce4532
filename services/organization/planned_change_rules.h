// The lifecycle of planned changes.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PLANNED_CHANGE_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PLANNED_CHANGE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/planned_change.pb.h"

namespace qinglian::organization {

using PlanTransition = lifecycle::Transition<v1::PlannedChange>;

inline constexpr PlanTransition kPlan{"plan",
                                      lifecycle::OneOf(v1::PlannedChange::STATE_UNSPECIFIED),
                                      v1::PlannedChange::STATE_PLANNED};
inline constexpr PlanTransition kApplyPlan{
    "apply", lifecycle::OneOf(v1::PlannedChange::STATE_PLANNED), v1::PlannedChange::STATE_APPLIED};
inline constexpr PlanTransition kFailPlan{
    "fail", lifecycle::OneOf(v1::PlannedChange::STATE_PLANNED), v1::PlannedChange::STATE_FAILED};
inline constexpr PlanTransition kCancelPlan{"cancel",
                                            lifecycle::OneOf(v1::PlannedChange::STATE_PLANNED),
                                            v1::PlannedChange::STATE_CANCELLED};

inline constexpr status::Guard kDayToCome{
    "DAY_TO_COME", "a change is planned for a day to come; one of today is made at once",
    "计划变更的生效日期须晚于今日"};

// Fills what the server knows of a new plan. INVALID_ARGUMENT where it holds no change, or its day
// is none.
absl::Status Plan(v1::PlannedChange& plan, const std::string& planner, absl::CivilDay today);

// `result` is the organization that was changed or made.
absl::Status Applied(v1::PlannedChange& plan, const std::string& result);
absl::Status Failed(v1::PlannedChange& plan, const absl::Status& why);
absl::Status Cancel(v1::PlannedChange& plan, const std::string& canceller,
                    const std::string& reason);

// The organization that a plan concerns, as its request names it.
std::string ConcernedBy(const v1::PlannedChange& plan);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PLANNED_CHANGE_RULES_H_
