// The methods of qinglian.risk.v1.PendingActionService: what waits for somebody here.
#ifndef QINGLIAN_SERVICES_RISK_PENDING_ACTIONS_H_
#define QINGLIAN_SERVICES_RISK_PENDING_ACTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/resource/pending.h"
#include "common/serving/application.h"
#include "qinglian/risk/v1/pending_action_service.pb.h"
#include "services/risk/scoring.h"

namespace qinglian::risk {

// Waiting for a person are: risk points and assessments that he may approve (his rank suffices, and
// he had no part in them), his drafts and what was returned to him, reviews of his points that are
// due within 30 days, and controls of his that are not in effect yet. For an organization alone,
// the same of anybody in it. Thread-safe; outlives the server.
class PendingActions {
 public:
  PendingActions(const serving::Environment& environment, const Scoring& scoring);

  resource::Methods& methods() { return methods_; }

 private:
  absl::StatusOr<journal::v1::ListPendingActionsResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const journal::v1::ListPendingActionsRequest& request);

  const serving::Environment& environment_;
  const Scoring& scoring_;
  resource::Methods methods_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_PENDING_ACTIONS_H_
