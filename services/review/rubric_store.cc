#include "services/review/rubric_store.h"

#include "common/status/macros.h"
#include "services/review/query.h"

namespace qinglian::review {

absl::StatusOr<int> RubricStore::CountOf(mysql::Connection& connection,
                                         std::string_view programme) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM rubrics WHERE programme = ?", {id}));
  return rows.Next() ? static_cast<int>(rows.Int(0)) : 0;
}

absl::StatusOr<bool> RubricStore::ReferredTo(mysql::Connection& connection,
                                             std::string_view rubric) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(rubric));
  return Any(connection,
             "SELECT 1 FROM review_rounds WHERE rubric = ? AND delete_time IS NULL LIMIT 1", {id});
}

}  // namespace qinglian::review
