// The methods of qinglian.supervision.v1.PendingActionService: what waits for somebody here.
#ifndef QINGLIAN_SERVICES_SUPERVISION_PENDING_ACTIONS_H_
#define QINGLIAN_SERVICES_SUPERVISION_PENDING_ACTIONS_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/resource/pending.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/pending_action_service.pb.h"

namespace qinglian::supervision {

// Waiting for a person are: inspections that he leads; cases of an organization in which he holds a
// post, to accept, assign, decide or close; cases that he handles; items that the organization he
// heads has to acknowledge; items that he has to plan, start or put right; extensions to decide on
// and close-outs to verify of what his organization ordered. For an organization alone, the same of
// anybody. Thread-safe; outlives the server.
class PendingActions {
 public:
  explicit PendingActions(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }

 private:
  absl::StatusOr<journal::v1::ListPendingActionsResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const journal::v1::ListPendingActionsRequest& request);

  const serving::Environment& environment_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_PENDING_ACTIONS_H_
