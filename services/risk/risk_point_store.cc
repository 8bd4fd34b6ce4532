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

absl::StatusOr<std::vector<std::string>> RiskPointStore::InForceOn(mysql::Connection& connection,
                                                                   std::string_view post) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("post")->reference->IdOf(post));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT id FROM risk_points WHERE (post = ? OR power_item IN (SELECT id FROM "
          "power_items WHERE post = ?)) AND state IN ('STATE_ACTIVE', "
          "'STATE_SUSPENDED') ORDER BY id",
          {id, id}));
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(plan().type().NameOf(rows.Bytes(0)));
  return names;
}

}  // namespace qinglian::risk
