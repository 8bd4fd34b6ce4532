#include "services/review/objection_store.h"

#include "common/status/macros.h"
#include "services/review/query.h"

namespace qinglian::review {

absl::StatusOr<bool> ObjectionStore::OpenOn(mysql::Connection& connection,
                                            std::string_view application) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(application));
  return Any(connection,
             "SELECT 1 FROM objections WHERE application = ? AND state IN ('STATE_FILED', "
             "'STATE_ADMITTED', 'STATE_INVESTIGATING') LIMIT 1",
             {id});
}

}  // namespace qinglian::review
