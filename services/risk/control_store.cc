#include "services/risk/control_store.h"

#include <utility>

#include "common/status/macros.h"

namespace qinglian::risk {

absl::StatusOr<ControlCounts> ControlStore::CountsOf(mysql::Connection& connection,
                                                     std::string_view point) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("risk_point")->reference->IdOf(point));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT COALESCE(SUM(state NOT IN ('STATE_CANCELLED', 'STATE_RETIRED')), 0), "
          "COALESCE(SUM(state = 'STATE_ACTIVE'), 0), COALESCE(SUM(state IN "
          "('STATE_IN_PROGRESS', 'STATE_ON_HOLD', 'STATE_ACTIVE', 'STATE_DEGRADED')), "
          "0) FROM controls WHERE risk_point = ?",
          {id}));
  rows.Next();
  return ControlCounts{.proposed = static_cast<int>(rows.Int(0)),
                       .active = static_cast<int>(rows.Int(1)),
                       .started = static_cast<int>(rows.Int(2))};
}

absl::StatusOr<std::vector<v1::Control>> ControlStore::LockPlanned(journal::Transaction& tx,
                                                                   std::string_view point) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("risk_point")->reference->IdOf(point));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   tx.connection().Query("SELECT id FROM controls WHERE risk_point = ? AND "
                                         "state = 'STATE_PLANNED' ORDER BY id",
                                         {id}));
  std::vector<v1::Control> controls;
  while (rows.Next()) {
    ASSIGN_OR_RETURN(v1::Control control, Lock(tx, plan().type().NameOf(rows.Bytes(0))));
    controls.push_back(std::move(control));
  }
  return controls;
}

}  // namespace qinglian::risk
