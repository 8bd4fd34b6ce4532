// The methods of qinglian.review.v1.ActionPlanService.
#ifndef QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/action_plan_service.pb.h"
#include "services/review/action_plan_store.h"
#include "services/review/programme_store.h"
#include "services/review/registry.h"

namespace qinglian::review {

// Thread-safe; outlives the server.
class ActionPlanService {
 public:
  explicit ActionPlanService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ActionPlanStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::ActionPlan> Get(rpc::Call& call, mysql::Connection& connection,
                                     const v1::GetActionPlanRequest& request);
  absl::StatusOr<v1::ListActionPlansResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                   const v1::ListActionPlansRequest& request);
  absl::StatusOr<v1::ActionPlan> Create(journal::Transaction& tx,
                                        const v1::CreateActionPlanRequest& request);
  absl::StatusOr<v1::ActionPlan> Update(journal::Transaction& tx,
                                        const v1::UpdateActionPlanRequest& request);
  absl::StatusOr<v1::ActionPlan> File(journal::Transaction& tx,
                                      const v1::FileActionPlanRequest& request);
  absl::StatusOr<v1::ActionPlan> Accept(journal::Transaction& tx,
                                        const v1::AcceptActionPlanRequest& request);
  absl::StatusOr<v1::ActionPlan> Return(journal::Transaction& tx,
                                        const v1::ReturnActionPlanRequest& request);
  absl::StatusOr<v1::ActionPlan> Conclude(journal::Transaction& tx,
                                          const v1::ConcludeActionPlanRequest& request);

  absl::Status CheckReferences(journal::Transaction& tx, const v1::ActionPlan& plan);
  absl::StatusOr<Step> StepOn(journal::Transaction& tx, const v1::ActionPlan& plan);

  const serving::Environment& environment_;
  ActionPlanStore store_;
  ProgrammeStore programmes_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_SERVICE_H_
