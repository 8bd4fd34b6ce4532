#include "services/review/action_plan_store.h"

#include "common/status/macros.h"
#include "services/review/query.h"

namespace qinglian::review {

absl::StatusOr<std::string> ActionPlanStore::FiledOf(mysql::Connection& connection,
                                                     std::string_view organization,
                                                     std::string_view programme, int year) const {
  ASSIGN_OR_RETURN(const std::string unit, IdOf(organization));
  ASSIGN_OR_RETURN(const std::string id, IdOf(programme));
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   NamesOf(connection, plan(),
                           "SELECT id FROM action_plans WHERE organization = ? AND programme = ? "
                           "AND year = ? AND state IN ('STATE_FILED', 'STATE_CONCLUDED')",
                           {unit, id, year}));
  return names.empty() ? std::string() : names.front();
}

}  // namespace qinglian::review
