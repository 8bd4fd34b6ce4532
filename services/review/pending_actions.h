// The methods of qinglian.review.v1.PendingActionService: what waits for somebody here.
#ifndef QINGLIAN_SERVICES_REVIEW_PENDING_ACTIONS_H_
#define QINGLIAN_SERVICES_REVIEW_PENDING_ACTIONS_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/resource/pending.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/pending_action_service.pb.h"

namespace qinglian::review {

// Thread-safe; outlives the server.
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

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_PENDING_ACTIONS_H_
