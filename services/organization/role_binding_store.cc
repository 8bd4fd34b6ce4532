#include "services/organization/role_binding_store.h"

#include <algorithm>
#include <string>

#include "common/access/role.h"
#include "common/id/names.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

// The id of an organization as a parameter; NULL for the whole installation.
absl::StatusOr<std::optional<std::string>> IdOf(const std::string& organization) {
  if (organization.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("organizations", organization));
  return id.Bytes();
}

}  // namespace

absl::StatusOr<std::vector<access::v1::Grant>> RoleBindingStore::GrantsOf(
    mysql::Connection& connection, std::string_view subject, absl::CivilDay day) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT role, organization FROM role_bindings WHERE subject = ? AND "
                       "state = 'STATE_ACTIVE' AND (last_date IS NULL OR last_date >= ?) "
                       "ORDER BY role, organization",
                       {subject, day}));
  std::vector<access::v1::Grant> grants;
  while (rows.Next()) {
    access::v1::Grant& grant = grants.emplace_back();
    grant.set_role(rows.Bytes(0));
    if (rows.IsNull(1)) continue;
    ASSIGN_OR_RETURN(const id::Uuid organization, id::Uuid::FromBytes(rows.Bytes(1)));
    grant.set_organization(id::FormatName("organizations", organization));
  }
  return grants;
}

absl::StatusOr<bool> RoleBindingStore::HoldsPowerful(mysql::Connection& connection,
                                                     std::string_view subject,
                                                     absl::CivilDay day) const {
  ASSIGN_OR_RETURN(const std::vector<access::v1::Grant> grants, GrantsOf(connection, subject, day));
  const auto& roles = access::StandardRoles().roles();
  return std::any_of(roles.begin(), roles.end(), [&](const access::v1::Role& role) {
    return role.powerful() &&
           std::any_of(grants.begin(), grants.end(),
                       [&](const access::v1::Grant& grant) { return grant.role() == role.name(); });
  });
}

absl::StatusOr<bool> RoleBindingStore::Exists(mysql::Connection& connection,
                                              const v1::RoleBinding& binding) const {
  ASSIGN_OR_RETURN(const std::optional<std::string> organization, IdOf(binding.organization()));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM role_bindings WHERE subject = ? AND role = ? AND "
                       "organization <=> ? AND state IN ('STATE_ACTIVE', 'STATE_PENDING_APPROVAL') "
                       "LIMIT 1",
                       {binding.subject(), binding.role(), organization}));
  return rows.Next();
}

absl::StatusOr<int> RoleBindingStore::LockAdministrators(journal::Transaction& tx) const {
  RETURN_IF_ERROR(
      tx.connection().Query("SELECT id FROM administrator_lock WHERE id = 1 FOR UPDATE").status());
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      tx.connection().Query("SELECT COUNT(*) FROM role_bindings WHERE role = 'roles/administrator' "
                            "AND organization IS NULL AND state = 'STATE_ACTIVE'"));
  rows.Next();
  return static_cast<int>(rows.Int(0));
}

}  // namespace qinglian::organization
