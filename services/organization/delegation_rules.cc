#include "services/organization/delegation_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::organization {

using lifecycle::CheckGuard;
using lifecycle::CheckState;

absl::Status Delegate(v1::Delegation& delegation, const DelegateFacts& facts) {
  RETURN_IF_ERROR(CheckGuard(delegation, kDelegate, kTwoPersons,
                             delegation.delegator() != delegation.delegate()));
  RETURN_IF_ERROR(
      CheckGuard(delegation, kDelegate, kNotBySubstitute, facts.actor.acting_for.empty()));
  RETURN_IF_ERROR(
      CheckGuard(delegation, kDelegate, kNotToOneself, facts.actor.name != delegation.delegate()));
  const bool in_person = facts.actor.name == delegation.delegator();
  RETURN_IF_ERROR(
      CheckGuard(delegation, kDelegate, kPowerfulInPerson, in_person || !facts.delegator_powerful));
  RETURN_IF_ERROR(CheckGuard(delegation, kDelegate, kWithinReach, in_person || facts.within_reach));
  ASSIGN_OR_RETURN(const absl::CivilDay first, clock::ToDay(delegation.first_date()));
  ASSIGN_OR_RETURN(const absl::CivilDay last, clock::ToDay(delegation.last_date()));
  RETURN_IF_ERROR(CheckGuard(delegation, kDelegate, kDatesInOrder, first <= last));
  RETURN_IF_ERROR(CheckGuard(delegation, kDelegate, kBrief, last - first < kMaxDelegationDays));
  RETURN_IF_ERROR(CheckGuard(delegation, kDelegate, kBothAtWork, facts.both_at_work));
  delegation.set_maker(facts.actor.name);
  delegation.set_state(kDelegate.to);
  return absl::OkStatus();
}

absl::Status EndDelegation(v1::Delegation& delegation, const std::string& actor,
                           const std::string& reason) {
  RETURN_IF_ERROR(CheckState(delegation, kEndDelegation));
  delegation.set_ender(actor);
  delegation.set_end_reason(reason);
  delegation.set_state(kEndDelegation.to);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
