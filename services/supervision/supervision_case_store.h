// What the generic store does not know of cases: their items, and who handles them.
#ifndef QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_STORE_H_
#define QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_STORE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/resource/store.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/supervision/supervision_case_rules.h"

namespace qinglian::supervision {

// Storage of cases. Thread-safe: it holds no state.
class SupervisionCaseStore : public resource::Store<v1::SupervisionCase> {
 public:
  // As of Store, and notes what the case refers to (case_evidence_store.h).
  absl::StatusOr<v1::SupervisionCase> Insert(journal::Transaction& tx,
                                             v1::SupervisionCase the_case) const;
  absl::StatusOr<v1::SupervisionCase> Update(journal::Transaction& tx,
                                             const v1::SupervisionCase& before,
                                             v1::SupervisionCase after) const;

  // The rectification items of a case, whose row the caller has locked: no item moves without it.
  absl::StatusOr<CaseItems> CountItems(journal::Transaction& tx,
                                       const v1::SupervisionCase& the_case) const;

  // Writes who handles a case where it can be searched.
  absl::Status SetHandlers(journal::Transaction& tx,
                           const v1::SupervisionCase& supervision_case) const;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_STORE_H_
