#include "services/risk/risk_assessment_store.h"

#include <string>

#include "common/status/macros.h"

namespace qinglian::risk {

using v1::RiskAssessment;

absl::StatusOr<std::optional<RiskAssessment>> RiskAssessmentStore::LockFirst(
    journal::Transaction& tx, std::string_view sql, std::string_view point) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("risk_point")->reference->IdOf(point));
  ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(sql, {id}));
  if (!rows.Next()) return std::nullopt;
  return Lock(tx, plan().type().NameOf(rows.Bytes(0)));
}

absl::StatusOr<std::optional<RiskAssessment>> RiskAssessmentStore::LockOpen(
    journal::Transaction& tx, std::string_view point) const {
  return LockFirst(tx,
                   "SELECT id FROM risk_assessments WHERE risk_point = ? AND state IN "
                   "('STATE_DRAFT', 'STATE_SUBMITTED', 'STATE_RETURNED') ORDER BY id LIMIT 1",
                   point);
}

absl::StatusOr<std::optional<RiskAssessment>> RiskAssessmentStore::LockApproved(
    journal::Transaction& tx, std::string_view point) const {
  return LockFirst(tx,
                   "SELECT id FROM risk_assessments WHERE risk_point = ? AND "
                   "state = 'STATE_APPROVED' ORDER BY id LIMIT 1",
                   point);
}

absl::StatusOr<bool> RiskAssessmentStore::ApprovedAfter(mysql::Connection& connection,
                                                        std::string_view point,
                                                        absl::Time time) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("risk_point")->reference->IdOf(point));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM risk_assessments WHERE risk_point = ? AND state IN "
                       "('STATE_APPROVED', 'STATE_SUPERSEDED') AND approve_time > ? LIMIT 1",
                       {id, time}));
  return rows.Next();
}

}  // namespace qinglian::risk
