#include "services/organization/responsibility_store.h"

#include "common/status/macros.h"

namespace qinglian::organization {

absl::StatusOr<std::vector<std::string>> ResponsibilityStore::OfPost(mysql::Connection& connection,
                                                                     std::string_view post) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("post")->reference->IdOf(post));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM responsibilities WHERE (post = ? OR "
                                    "leader_post = ?) AND state = 'STATE_ACTIVE' ORDER BY id",
                                    {id, id}));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan().type().NameOf(rows.Bytes(0)));
  return names;
}

}  // namespace qinglian::organization
