// The lifecycle of action plans.
#ifndef QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "qinglian/review/v1/action_plan.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using ActionPlanTransition = lifecycle::Transition<v1::ActionPlan>;

inline constexpr ActionPlanTransition kUpdateActionPlan{
    "update", lifecycle::OneOf(v1::ActionPlan::STATE_DRAFT, v1::ActionPlan::STATE_RETURNED)};
inline constexpr ActionPlanTransition kFileActionPlan{
    "file", lifecycle::OneOf(v1::ActionPlan::STATE_DRAFT, v1::ActionPlan::STATE_RETURNED),
    v1::ActionPlan::STATE_FILED};
inline constexpr ActionPlanTransition kAcceptActionPlan{
    "accept", lifecycle::OneOf(v1::ActionPlan::STATE_FILED)};
inline constexpr ActionPlanTransition kReturnActionPlan{
    "return", lifecycle::OneOf(v1::ActionPlan::STATE_FILED), v1::ActionPlan::STATE_RETURNED};
inline constexpr ActionPlanTransition kConcludeActionPlan{
    "conclude", lifecycle::OneOf(v1::ActionPlan::STATE_FILED), v1::ActionPlan::STATE_CONCLUDED};

inline constexpr status::Guard kNotAcceptedYet{"NOT_ACCEPTED_YET", "it was not accepted yet",
                                               "该方案已经认可"};
inline constexpr status::Guard kYearEnding{"YEAR_ENDING", "it is December of its year, or later",
                                           "须在当年十二月或以后总结"};

// Each changes the plan, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status File(v1::ActionPlan& plan, bool programme_open, const Step& step);
absl::Status Accept(v1::ActionPlan& plan, const std::string& comment, const Step& step);
absl::Status Return(v1::ActionPlan& plan, const std::string& comment, const Step& step);
absl::Status Conclude(v1::ActionPlan& plan, const std::string& comment, const Step& step);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_RULES_H_
