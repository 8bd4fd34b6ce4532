// The methods of qinglian.supervision.v1.RectificationItemService.
#ifndef QINGLIAN_SERVICES_SUPERVISION_RECTIFICATION_ITEM_SERVICE_H_
#define QINGLIAN_SERVICES_SUPERVISION_RECTIFICATION_ITEM_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/resource/store.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/rectification_item_service.pb.h"
#include "services/supervision/rectification_item_rules.h"
#include "services/supervision/supervision_case_store.h"

namespace qinglian::supervision {

// Thread-safe; outlives the server.
class RectificationItemService {
 public:
  explicit RectificationItemService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::RectificationItem>& store() const { return store_; }

 private:
  using Item = v1::RectificationItem;
  // Changes an item that is locked and fresh; its case is locked too.
  using Change = absl::FunctionRef<absl::Status(Item&, const v1::SupervisionCase&)>;

  absl::StatusOr<Item> Get(rpc::Call& call, mysql::Connection& connection,
                           const v1::GetRectificationItemRequest& request);
  absl::StatusOr<v1::ListRectificationItemsResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListRectificationItemsRequest& request);
  absl::StatusOr<Item> Create(journal::Transaction& tx,
                              const v1::CreateRectificationItemRequest& request);
  absl::StatusOr<Item> Acknowledge(journal::Transaction& tx,
                                   const v1::AcknowledgeRectificationItemRequest& request);
  absl::StatusOr<Item> SubmitPlan(journal::Transaction& tx,
                                  const v1::SubmitRectificationPlanRequest& request);
  absl::StatusOr<Item> Start(journal::Transaction& tx,
                             const v1::StartRectificationItemRequest& request);
  absl::StatusOr<Item> RequestExtension(journal::Transaction& tx,
                                        const v1::RequestRectificationExtensionRequest& request);
  absl::StatusOr<Item> ApproveExtension(journal::Transaction& tx,
                                        const v1::ApproveRectificationExtensionRequest& request);
  absl::StatusOr<Item> RefuseExtension(journal::Transaction& tx,
                                       const v1::RefuseRectificationExtensionRequest& request);
  absl::StatusOr<Item> Review(journal::Transaction& tx,
                              const v1::ReviewRectificationItemRequest& request);
  absl::StatusOr<Item> ApplyCloseout(journal::Transaction& tx,
                                     const v1::ApplyRectificationCloseoutRequest& request);
  absl::StatusOr<Item> Accept(journal::Transaction& tx,
                              const v1::AcceptRectificationItemRequest& request);
  absl::StatusOr<Item> Reject(journal::Transaction& tx,
                              const v1::RejectRectificationItemRequest& request);
  absl::StatusOr<Item> Reopen(journal::Transaction& tx,
                              const v1::ReopenRectificationItemRequest& request);
  absl::StatusOr<Item> Excuse(journal::Transaction& tx,
                              const v1::ExcuseRectificationItemRequest& request);

  // Locks the case and then the item, which has not changed since the caller read it; changes the
  // item and writes it.
  absl::StatusOr<Item> Move(journal::Transaction& tx, const std::string& name,
                            const std::string& etag, Change change);
  // Whether the caller, or whom he acts for, holds a post in an organization or below it.
  absl::StatusOr<bool> IsOf(journal::Transaction& tx, const std::string& organization);
  // Whether either of the two does.
  absl::StatusOr<bool> IsWithin(journal::Transaction& tx, const std::string& organization);
  // Whether the actor is of the organization that issued, and not of the one that has to put it
  // right, which may lie below the other.
  absl::StatusOr<bool> IsIssuer(journal::Transaction& tx, const std::string& issuing,
                                const std::string& responsible);
  absl::StatusOr<ReviewItemFacts> FactsToReview(journal::Transaction& tx, const Item& item);
  absl::StatusOr<ApplyCloseoutFacts> FactsToApply(
      journal::Transaction& tx, const Item& item,
      const v1::ApplyRectificationCloseoutRequest& request);
  absl::StatusOr<VerifyItemFacts> FactsToVerify(journal::Transaction& tx, const Item& item);
  absl::StatusOr<SubmitPlanFacts> FactsToPlan(journal::Transaction& tx, const Item& item,
                                              const v1::SubmitRectificationPlanRequest& request);

  const serving::Environment& environment_;
  SupervisionCaseStore cases_;
  resource::Store<v1::RectificationItem> store_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_RECTIFICATION_ITEM_SERVICE_H_
