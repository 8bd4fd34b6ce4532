// The lifecycle of delegations.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DELEGATION_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DELEGATION_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/delegation.pb.h"

namespace qinglian::organization {

// A delegation lasts so many days at most.
inline constexpr int kMaxDelegationDays = 366;

using DelegationTransition = lifecycle::Transition<v1::Delegation>;

inline constexpr DelegationTransition kDelegate{
    "delegate", lifecycle::OneOf(v1::Delegation::STATE_UNSPECIFIED), v1::Delegation::STATE_ACTIVE};
inline constexpr DelegationTransition kEndDelegation{
    "end", lifecycle::OneOf(v1::Delegation::STATE_ACTIVE), v1::Delegation::STATE_ENDED};

inline constexpr status::Guard kTwoPersons{"NOT_ONESELF", "nobody acts for himself",
                                           "授权人与代行人不得为同一人"};
inline constexpr status::Guard kNotBySubstitute{
    "BY_DELEGATOR", "who acts for somebody delegates nothing of his", "代行期间不得转授权"};
inline constexpr status::Guard kNotToOneself{
    "NOT_TO_ONESELF", "nobody makes himself the delegate of another", "不得将他人的权限授予本人"};
inline constexpr status::Guard kPowerfulInPerson{"POWERFUL_IN_PERSON",
                                                 "who holds a powerful role delegates himself",
                                                 "持有重要角色的人员须由本人授权"};
inline constexpr status::Guard kWithinReach{
    "WITHIN_REACH", "who lets somebody act for another reaches all that the other was granted",
    "代为办理授权的人员须能管理授权人的全部权限范围"};
inline constexpr status::Guard kDatesInOrder{
    "DATES_IN_ORDER", "the last day is not before the first", "结束日期不得早于开始日期"};
inline constexpr status::Guard kBrief{"DELEGATION_BRIEF", "it lasts a year at most",
                                      "授权期限不得超过一年"};
inline constexpr status::Guard kBothAtWork{"BOTH_AT_WORK", "both are at work", "双方须在职"};

struct DelegateFacts {
  lifecycle::Actor actor;
  bool both_at_work = false;
  // Whether the delegator holds a powerful role, which takes two persons to be granted.
  bool delegator_powerful = false;
  // Whether the actor reaches every subtree in which the delegator was granted something.
  bool within_reach = false;
};

// Fills what the server knows of a new delegation. FAILED_PRECONDITION with the guard that is not
// met; INVALID_ARGUMENT, reason TIME_INVALID, where a date is none.
absl::Status Delegate(v1::Delegation& delegation, const DelegateFacts& facts);
absl::Status EndDelegation(v1::Delegation& delegation, const std::string& actor,
                           const std::string& reason);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DELEGATION_RULES_H_
