#include "services/organization/role_binding_rules.h"

#include "common/status/macros.h"

namespace qinglian::organization {

using lifecycle::CheckGuard;
using lifecycle::CheckState;
using v1::RoleBinding;

namespace {

bool Fits(const access::v1::Role& role, std::string_view subject) {
  if (role.internal()) return false;
  const bool client = subject.starts_with("clients/");
  switch (role.bearer()) {
    case access::v1::Role::BEARER_PERSON:
      return !client;
    case access::v1::Role::BEARER_CLIENT:
      return client;
    default:
      return true;
  }
}

// The second pair of eyes; somebody's delegate would be the first one's.
absl::Status CheckSecond(const RoleBinding& binding, const RoleTransition& transition,
                         const lifecycle::Actor& approver) {
  RETURN_IF_ERROR(CheckState(binding, transition));
  RETURN_IF_ERROR(CheckGuard(binding, transition, kInPerson, approver.acting_for.empty()));
  return CheckGuard(binding, transition, kRoleFourEyes,
                    approver.IsNoneOf({binding.granter(), binding.subject()}));
}

}  // namespace

absl::Status Grant(RoleBinding& binding, const GrantFacts& facts) {
  const std::string& granter = facts.granter.name;
  RETURN_IF_ERROR(CheckGuard(binding, kGrantRole, kInPerson, facts.granter.acting_for.empty()));
  RETURN_IF_ERROR(CheckGuard(binding, kGrantRole, kNotOneself, binding.subject() != granter));
  RETURN_IF_ERROR(
      CheckGuard(binding, kGrantRole, kSubjectFits, Fits(facts.role, binding.subject())));
  RETURN_IF_ERROR(CheckGuard(binding, kGrantRole, kNotBoundYet, !facts.bound_already));
  const bool alone = binding.role() == kAdministratorRole && binding.organization().empty() &&
                     facts.administrators.OnlyTheFirst();
  binding.set_granter(granter);
  binding.set_state(facts.role.powerful() && !alone ? RoleBinding::STATE_PENDING_APPROVAL
                                                    : RoleBinding::STATE_ACTIVE);
  return absl::OkStatus();
}

absl::Status Approve(RoleBinding& binding, const lifecycle::Actor& approver) {
  RETURN_IF_ERROR(CheckSecond(binding, kApproveRole, approver));
  binding.set_approver(approver.name);
  binding.set_state(kApproveRole.to);
  return absl::OkStatus();
}

absl::Status Refuse(RoleBinding& binding, const lifecycle::Actor& approver,
                    const std::string& reason) {
  RETURN_IF_ERROR(CheckSecond(binding, kRefuseRole, approver));
  binding.set_approver(approver.name);
  binding.set_end_reason(reason);
  binding.set_state(kRefuseRole.to);
  return absl::OkStatus();
}

absl::Status Revoke(RoleBinding& binding, const std::string& actor, const std::string& reason,
                    const Administrators& administrators) {
  RETURN_IF_ERROR(CheckState(binding, kRevokeRole));
  RETURN_IF_ERROR(CheckGuard(binding, kRevokeRole, kAdministratorLeft,
                             administrators.in_force != std::vector<std::string>{binding.name()}));
  binding.set_revoker(actor);
  binding.set_end_reason(reason);
  binding.set_state(kRevokeRole.to);
  return absl::OkStatus();
}

absl::Status CheckAdministratorWanted(const RoleBinding& binding,
                                      const Administrators& administrators) {
  const size_t left = administrators.in_force.size();
  return CheckGuard(binding, kGrantRole, kNoAdministratorYet,
                    left == 0 || (left == 1 && administrators.ever > 1));
}

}  // namespace qinglian::organization
