#include "services/review/programme_store.h"

#include "common/status/macros.h"
#include "services/review/query.h"

namespace qinglian::review {

absl::StatusOr<bool> ProgrammeStore::ReferredTo(mysql::Connection& connection,
                                                std::string_view programme) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  return Any(connection,
             "SELECT 1 FROM review_rounds WHERE programme = ? AND delete_time IS NULL UNION ALL "
             "SELECT 1 FROM rubrics WHERE programme = ? AND delete_time IS NULL UNION ALL SELECT 1 "
             "FROM action_plans WHERE programme = ? UNION ALL SELECT 1 FROM programmes WHERE "
             "prerequisite_programme = ? AND delete_time IS NULL LIMIT 1",
             {id, id, id, id});
}

absl::StatusOr<bool> ProgrammeStore::RoundRunning(mysql::Connection& connection,
                                                  std::string_view programme) const {
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  return Any(
      connection,
      "SELECT 1 FROM review_rounds WHERE programme = ? AND delete_time IS NULL AND state NOT "
      "IN ('STATE_DECIDED', 'STATE_ARCHIVED', 'STATE_CANCELLED') LIMIT 1",
      {id});
}

}  // namespace qinglian::review
