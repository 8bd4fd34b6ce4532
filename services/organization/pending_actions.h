// The methods of qinglian.organization.v1.PendingActionService: what waits for somebody here.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PENDING_ACTIONS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PENDING_ACTIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/pending_action_service.pb.h"
#include "services/organization/responsibility_letter_store.h"

namespace qinglian::organization {

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
  ResponsibilityLetterStore letters_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PENDING_ACTIONS_H_
