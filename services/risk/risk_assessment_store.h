// What the generic store does not know of assessments: which of a point is open, and which is
// approved.
#ifndef QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_STORE_H_
#define QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_STORE_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/journal/transaction.h"
#include "common/resource/store.h"
#include "qinglian/risk/v1/risk_assessment.pb.h"

namespace qinglian::risk {

// Storage of assessments. Thread-safe: it holds no state. Callers hold the lock of the risk point.
class RiskAssessmentStore : public resource::Store<v1::RiskAssessment> {
 public:
  // The assessment of a point that is draft, submitted or returned, locked; nothing where there is
  // none.
  absl::StatusOr<std::optional<v1::RiskAssessment>> LockOpen(journal::Transaction& tx,
                                                             std::string_view point) const;

  // The approved assessment of a point, locked; nothing where there is none.
  absl::StatusOr<std::optional<v1::RiskAssessment>> LockApproved(journal::Transaction& tx,
                                                                 std::string_view point) const;

  // Whether an assessment of a point was approved after `time`.
  absl::StatusOr<bool> ApprovedAfter(mysql::Connection& connection, std::string_view point,
                                     absl::Time time) const;

 private:
  absl::StatusOr<std::optional<v1::RiskAssessment>> LockFirst(journal::Transaction& tx,
                                                              std::string_view sql,
                                                              std::string_view point) const;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_STORE_H_
