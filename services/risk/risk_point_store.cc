#include "services/risk/risk_point_store.h"

#include "common/status/macros.h"

namespace qinglian::risk {

absl::StatusOr<bool> RiskPointStore::HasOpenCase(mysql::Connection& connection,
                                                 std::string_view point) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(point));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM known_case_risk_points t JOIN known_cases c ON c.id = "
                       "t.supervision_case WHERE t.risk_point = ? AND t.touched AND c.state NOT IN "
                       "('STATE_CLOSED', 'STATE_DECLINED') LIMIT 1",
                       {id}));
  return rows.Next();
}

absl::StatusOr<bool> RiskPointStore::HasOpenRectification(mysql::Connection& connection,
                                                          std::string_view point) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(point));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT 1 FROM known_case_risk_points t JOIN known_rectification_items i ON "
          "i.supervision_case = t.supervision_case WHERE t.risk_point = ? AND t.touched AND "
          "i.state NOT IN ('STATE_CLOSED_OUT', 'STATE_EXCUSED') LIMIT 1",
          {id}));
  return rows.Next();
}

}  // namespace qinglian::risk
