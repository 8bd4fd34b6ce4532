#include "services/organization/person_store.h"

#include "common/id/names.h"
#include "common/status/macros.h"

namespace qinglian::organization {

absl::StatusOr<bool> PersonStore::HoldsAnything(mysql::Connection& connection,
                                                std::string_view person) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(person));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT EXISTS (SELECT 1 FROM role_bindings WHERE subject = ? AND state IN "
                       "('STATE_ACTIVE', 'STATE_PENDING_APPROVAL')) OR EXISTS (SELECT 1 FROM "
                       "assignments WHERE person = ? AND state = 'STATE_CURRENT') OR EXISTS "
                       "(SELECT 1 FROM delegations WHERE delegate = ? AND state = 'STATE_ACTIVE') "
                       "OR EXISTS (SELECT 1 FROM delegations WHERE delegator = ? AND "
                       "state = 'STATE_ACTIVE')",
                       {person, id, id, id}));
  rows.Next();
  return rows.Bool(0);
}

absl::StatusOr<std::vector<std::string>> PersonStore::DelegationsOf(mysql::Connection& connection,
                                                                    std::string_view person) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(person));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM delegations WHERE delegate = ? AND "
                                    "state = 'STATE_ACTIVE' UNION ALL SELECT id FROM delegations "
                                    "WHERE delegator = ? AND state = 'STATE_ACTIVE' ORDER BY id",
                                    {id, id}));
  std::vector<std::string> names;
  while (rows.Next()) {
    ASSIGN_OR_RETURN(const id::Uuid delegation, id::Uuid::FromBytes(rows.Bytes(0)));
    names.push_back(id::FormatName("delegations", delegation));
  }
  return names;
}

}  // namespace qinglian::organization
