#include "services/organization/role_binding_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/role.h"
#include "common/journal/actor.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/caller_leases.h"
#include "services/organization/role_binding_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"subject", "role", "organization", "state"}};
  return listing;
}

absl::Status Missing(const char* field, const std::string& resource) {
  return status::Error(status::kReferenceNotFound, {{"field", field}, {"resource", resource}});
}

const access::v1::Role* FindRole(const std::string& name) {
  for (const access::v1::Role& role : access::StandardRoles().roles()) {
    if (role.name() == name) return &role;
  }
  return nullptr;
}

}  // namespace

RoleBindingService::RoleBindingService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.RoleBindingService",
               environment.journal) {
  using Self = RoleBindingService;
  methods_.Read("ListRoles", this, &Self::ListRoles);
  methods_.Read("GetRoleBinding", this, &Self::Get);
  methods_.Read("ListRoleBindings", this, &Self::List);
  // What changes who is let in is answered when every gateway knows.
  methods_.Create("GrantRole", this, &Self::Grant, AwaitLeases);
  methods_.Create("ApproveRoleBinding", this, &Self::Approve, AwaitLeases);
  methods_.Create("RefuseRoleBinding", this, &Self::Refuse);
  methods_.Create("RevokeRole", this, &Self::Revoke, AwaitLeases);
  methods_.Create("MakeFirstAdministrator", this, &Self::MakeFirstAdministrator, AwaitLeases);
}

absl::StatusOr<v1::ListRolesResponse> RoleBindingService::ListRoles(rpc::Call&, mysql::Connection&,
                                                                    const v1::ListRolesRequest&) {
  v1::ListRolesResponse response;
  for (const access::v1::Role& role : access::StandardRoles().roles()) {
    if (!role.internal()) *response.add_roles() = role;
  }
  return response;
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::Get(rpc::Call& call,
                                                        mysql::Connection& connection,
                                                        const v1::GetRoleBindingRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListRoleBindingsResponse> RoleBindingService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListRoleBindingsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListRoleBindingsResponse::mutable_role_bindings,
                        std::move(conditions));
}

absl::Status RoleBindingService::CheckSubject(journal::Transaction& tx,
                                              const std::string& subject) const {
  // Locked, so that a person keeps his staff number when he gets a role.
  const absl::Status found = subject.starts_with("clients/")
                                 ? clients_.Get(tx.connection(), subject).status()
                                 : persons_.LockUnasked(tx, subject).status();
  return absl::IsNotFound(found) ? Missing("role_binding.subject", subject) : found;
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::Grant(journal::Transaction& tx,
                                                          const v1::GrantRoleRequest& request) {
  Binding binding = request.role_binding();
  resource::KeepInput(binding);
  tx.set_reason(binding.reason());
  // Before anything else is said about that organization.
  if (!binding.organization().empty()) {
    RETURN_IF_ERROR(visibility::CheckReaches(tx.connection(), tx.scope(), binding.organization()));
    RETURN_IF_ERROR(
        organizations_.LockPath(tx, "role_binding.organization", binding.organization()).status());
  } else if (!tx.scope().ReachesAll(access::v1::SENSITIVITY_UNSPECIFIED)) {
    return status::Error(status::kPermissionDenied,
                         {{"permission", "organization.roleBindings.grant"}});
  }
  const access::v1::Role* role = FindRole(binding.role());
  if (role == nullptr) return Missing("role_binding.role", binding.role());
  RETURN_IF_ERROR(CheckSubject(tx, binding.subject()));
  GrantFacts facts{.granter = journal::ActorOf(tx), .role = *role};
  // Also what keeps two from granting the same at once.
  ASSIGN_OR_RETURN(facts.administrators, store_.LockAdministrators(tx));
  ASSIGN_OR_RETURN(facts.bound_already, store_.Exists(tx.connection(), binding));
  RETURN_IF_ERROR(organization::Grant(binding, facts));
  return store_.Insert(tx, std::move(binding));
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::Move(
    journal::Transaction& tx, const std::string& name, const std::string& etag,
    absl::FunctionRef<absl::Status(Binding&)> change) {
  ASSIGN_OR_RETURN(const Binding before, store_.LockFresh(tx, name, etag));
  Binding after = before;
  RETURN_IF_ERROR(change(after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::Approve(
    journal::Transaction& tx, const v1::ApproveRoleBindingRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](Binding& binding) {
    return organization::Approve(binding, journal::ActorOf(tx));
  });
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::Refuse(
    journal::Transaction& tx, const v1::RefuseRoleBindingRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](Binding& binding) {
    return organization::Refuse(binding, journal::ActorOf(tx), request.reason());
  });
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::Revoke(journal::Transaction& tx,
                                                           const v1::RevokeRoleRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Administrators administrators, store_.LockAdministrators(tx));
  return Move(tx, request.name(), request.etag(), [&](Binding& binding) {
    return organization::Revoke(binding, tx.facts().actor, request.reason(), administrators);
  });
}

absl::StatusOr<v1::RoleBinding> RoleBindingService::MakeFirstAdministrator(
    journal::Transaction& tx, const v1::MakeFirstAdministratorRequest& request) {
  ASSIGN_OR_RETURN(const Administrators administrators, store_.LockAdministrators(tx));
  Binding binding;
  binding.set_subject(absl::StrCat("clients/", request.client_code()));
  binding.set_role(std::string(kAdministratorRole));
  binding.set_reason("made by whoever runs the installation");
  RETURN_IF_ERROR(CheckAdministratorWanted(binding, administrators));
  v1::Client client;
  client.set_name(binding.subject());
  client.set_display_name(request.client_code());
  client.set_state(v1::Client::STATE_ACTIVE);
  binding.set_granter(tx.facts().actor);
  binding.set_state(Binding::STATE_ACTIVE);
  // The answer is what the first change made.
  ASSIGN_OR_RETURN(Binding made, store_.Insert(tx, std::move(binding)));
  const absl::Status known = clients_.Lock(tx, client.name()).status();
  if (absl::IsNotFound(known)) RETURN_IF_ERROR(clients_.Insert(tx, std::move(client)).status());
  return made;
}

}  // namespace qinglian::organization
