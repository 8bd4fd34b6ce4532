// What the handlers of all resources of this service have in common.
#ifndef QINGLIAN_SERVICES_SUPERVISION_HANDLER_H_
#define QINGLIAN_SERVICES_SUPERVISION_HANDLER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/pieces.h"
#include "common/journal/actor.h"
#include "common/journal/transaction.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "services/supervision/step.h"

namespace qinglian::supervision {

// Who takes the step of this write, and when.
inline Step StepOf(const journal::Transaction& tx) {
  return {.actor = journal::ActorOf(tx), .business_now = tx.business_now()};
}

// Whether there is evidence for each digest.
inline absl::StatusOr<bool> EvidenceStored(
    journal::Transaction& tx, const google::protobuf::RepeatedPtrField<std::string>& digests) {
  return evidence::AllStored(tx.connection(),
                             std::vector<std::string_view>(digests.begin(), digests.end()));
}

// The next official number of the organization that handles the step, of the year of business time,
// such as `督〔2025〕6号`. Take it last: its counter stays locked until the transaction ends.
absl::StatusOr<std::string> TakeNumber(journal::Transaction& tx, std::string_view organization,
                                       std::string_view kind, std::string_view prefix);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_HANDLER_H_
