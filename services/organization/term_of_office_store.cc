#include "services/organization/term_of_office_store.h"

#include "common/status/macros.h"

namespace qinglian::organization {

absl::StatusOr<bool> TermOfOfficeStore::HasCurrent(mysql::Connection& connection,
                                                   std::string_view organization) const {
  ASSIGN_OR_RETURN(const std::string id,
                   plan().Find("organization")->reference->IdOf(organization));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT 1 FROM terms_of_office WHERE organization = ? AND "
                                    "state = 'STATE_CURRENT' LIMIT 1",
                                    {id}));
  return rows.Next();
}

}  // namespace qinglian::organization
