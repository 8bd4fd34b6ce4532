#include "services/organization/person_release.h"

#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "services/organization/delegation_rules.h"
#include "services/organization/organization_rules.h"
#include "services/organization/person_rules.h"
#include "services/organization/role_binding_rules.h"

namespace qinglian::organization {
namespace {

// Adds those of `names` that the caller may see.
template <class T>
absl::Status ShowAll(mysql::Connection& connection, const access::Scope& scope,
                     const resource::Store<T>& store, const std::vector<std::string>& names,
                     google::protobuf::RepeatedPtrField<T>& to) {
  for (const std::string& name : names) {
    absl::StatusOr<T> shown = store.Show(connection, scope, name);
    if (absl::IsNotFound(shown.status())) continue;
    RETURN_IF_ERROR(shown.status());
    *to.Add() = *std::move(shown);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::GetHoldingsResponse> PersonRelease::Holdings(mysql::Connection& connection,
                                                                const access::Scope& scope,
                                                                const std::string& person) const {
  RETURN_IF_ERROR(persons_.Show(connection, scope, person).status());
  v1::GetHoldingsResponse response;
  ASSIGN_OR_RETURN(const std::vector<std::string> assignments,
                   assignments_.HeldBy(connection, person));
  RETURN_IF_ERROR(
      ShowAll(connection, scope, assignments_, assignments, *response.mutable_assignments()));
  ASSIGN_OR_RETURN(const std::vector<std::string> letters,
                   letters_.OfPostsHeldBy(connection, person));
  RETURN_IF_ERROR(
      ShowAll(connection, scope, letters_, letters, *response.mutable_responsibility_letters()));
  ASSIGN_OR_RETURN(const std::vector<std::string> delegations,
                   persons_.DelegationsOf(connection, person));
  RETURN_IF_ERROR(
      ShowAll(connection, scope, delegations_, delegations, *response.mutable_delegations()));
  ASSIGN_OR_RETURN(const std::vector<std::string> roles, bindings_.HeldBy(connection, person));
  response.set_role_count(static_cast<int32_t>(roles.size()));
  return response;
}

absl::StatusOr<v1::Person> PersonRelease::Release(journal::Transaction& tx,
                                                  const v1::ReleasePersonRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const absl::CivilDay last_day,
                   DayUntil(request.last_date(), tx.today(), "last_date"));
  // The posts before the person, as where somebody takes one.
  ASSIGN_OR_RETURN(const std::vector<std::string> held,
                   assignments_.HeldBy(tx.connection(), request.name()));
  for (const std::string& assignment : held) RETURN_IF_ERROR(changes_.LockPost(tx, assignment));
  ASSIGN_OR_RETURN(const v1::Person before, persons_.LockFresh(tx, request.name(), request.etag()));
  v1::Person after = before;
  RETURN_IF_ERROR(organization::Release(after, request.employment_state(), request.organization()));
  if (after.organization() != before.organization()) {
    RETURN_IF_ERROR(organizations_.LockPath(tx, "organization", after.organization()).status());
  }
  RETURN_IF_ERROR(EndAssignments(tx, before.name(), last_day));
  RETURN_IF_ERROR(EndDelegations(tx, before.name(), request.reason()));
  RETURN_IF_ERROR(RevokeRoles(tx, before.name(), request.reason()));
  return persons_.Update(tx, before, std::move(after));
}

absl::Status PersonRelease::EndAssignments(journal::Transaction& tx, const std::string& person,
                                           absl::CivilDay last_day) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> held,
                   assignments_.HeldBy(tx.connection(), person));
  for (const std::string& name : held) {
    ASSIGN_OR_RETURN(const v1::Assignment assignment, assignments_.LockUnasked(tx, name));
    RETURN_IF_ERROR(changes_.End(tx, assignment, last_day).status());
  }
  return absl::OkStatus();
}

absl::Status PersonRelease::EndDelegations(journal::Transaction& tx, const std::string& person,
                                           const std::string& reason) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   persons_.DelegationsOf(tx.connection(), person));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const v1::Delegation before, delegations_.LockUnasked(tx, name));
    v1::Delegation after = before;
    RETURN_IF_ERROR(EndDelegation(after, tx.facts().actor, reason));
    RETURN_IF_ERROR(delegations_.Update(tx, before, std::move(after)).status());
  }
  return absl::OkStatus();
}

absl::Status PersonRelease::RevokeRoles(journal::Transaction& tx, const std::string& person,
                                        const std::string& reason) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, bindings_.HeldBy(tx.connection(), person));
  if (names.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Administrators administrators, bindings_.LockAdministrators(tx));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const v1::RoleBinding before, bindings_.LockUnasked(tx, name));
    v1::RoleBinding after = before;
    RETURN_IF_ERROR(Revoke(after, tx.facts().actor, reason, administrators));
    RETURN_IF_ERROR(bindings_.Update(tx, before, std::move(after)).status());
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization
