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

bool IsPowerful(std::string_view name) {
  const auto& roles = access::StandardRoles().roles();
  return std::any_of(roles.begin(), roles.end(), [&](const access::v1::Role& role) {
    return role.powerful() && role.name() == name;
  });
}

}  // namespace

absl::StatusOr<Holding> RoleBindingStore::HoldingOf(mysql::Connection& connection,
                                                    std::string_view subject,
                                                    absl::CivilDay day) const {
  return HeldAndGrantedBy(connection, subject, day, absl::InfiniteFuture());
}

absl::StatusOr<Holding> RoleBindingStore::LentHoldingOf(mysql::Connection& connection,
                                                        std::string_view subject,
                                                        absl::CivilDay day, absl::Time lent) const {
  ASSIGN_OR_RETURN(Holding holding, HeldAndGrantedBy(connection, subject, day, lent));
  std::erase_if(holding.grants,
                [](const access::v1::Grant& grant) { return IsPowerful(grant.role()); });
  return holding;
}

absl::StatusOr<Holding> RoleBindingStore::HeldAndGrantedBy(mysql::Connection& connection,
                                                           std::string_view subject,
                                                           absl::CivilDay day,
                                                           absl::Time granted) const {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT role, organization, last_date, create_time FROM role_bindings WHERE "
          "subject = ? AND state = 'STATE_ACTIVE' AND (last_date IS NULL OR last_date >= ?) "
          "ORDER BY role, organization",
          {subject, day}));
  Holding holding;
  while (rows.Next()) {
    if (rows.Time(3) > granted) continue;
    access::v1::Grant& grant = holding.grants.emplace_back();
    grant.set_role(rows.Bytes(0));
    if (!rows.IsNull(1)) {
      ASSIGN_OR_RETURN(const id::Uuid organization, id::Uuid::FromBytes(rows.Bytes(1)));
      grant.set_organization(id::FormatName("organizations", organization));
    }
    if (!rows.IsNull(2))
      holding.last_day = std::min(holding.last_day.value_or(rows.Day(2)), rows.Day(2));
  }
  return holding;
}

absl::StatusOr<bool> RoleBindingStore::HoldsPowerful(mysql::Connection& connection,
                                                     std::string_view subject,
                                                     absl::CivilDay day) const {
  ASSIGN_OR_RETURN(const Holding holding, HoldingOf(connection, subject, day));
  return std::any_of(holding.grants.begin(), holding.grants.end(),
                     [](const access::v1::Grant& grant) { return IsPowerful(grant.role()); });
}

absl::StatusOr<std::vector<std::string>> RoleBindingStore::HeldBy(mysql::Connection& connection,
                                                                  std::string_view subject) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM role_bindings WHERE subject = ? AND state IN "
                                    "('STATE_ACTIVE', 'STATE_PENDING_APPROVAL') ORDER BY id",
                                    {subject}));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan().type().NameOf(rows.Bytes(0)));
  return names;
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

absl::StatusOr<Administrators> RoleBindingStore::LockAdministrators(
    journal::Transaction& tx) const {
  RETURN_IF_ERROR(
      tx.connection().Query("SELECT id FROM administrator_lock WHERE id = 1 FOR UPDATE").status());
  // 'persons/' is eight characters long.
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      tx.connection().Query(
          "SELECT b.id, b.state = 'STATE_ACTIVE' AND (b.last_date IS NULL OR b.last_date >= ?) "
          "AND (EXISTS (SELECT 1 FROM clients c WHERE b.subject = CONCAT('clients/', c.id) AND "
          "c.state = 'STATE_ACTIVE') OR EXISTS (SELECT 1 FROM persons p WHERE "
          "p.id = UNHEX(REPLACE(SUBSTRING(b.subject, 9), '-', '')) AND "
          "p.employment_state = 'EMPLOYMENT_STATE_EMPLOYED')) FROM role_bindings b "
          "WHERE b.role = 'roles/administrator' AND b.organization IS NULL ORDER BY b.id",
          {tx.today()}));
  Administrators administrators;
  while (rows.Next()) {
    ++administrators.ever;
    if (rows.Bool(1)) administrators.in_force.push_back(plan().type().NameOf(rows.Bytes(0)));
  }
  return administrators;
}

}  // namespace qinglian::organization
