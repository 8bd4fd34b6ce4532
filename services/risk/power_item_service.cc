#include "services/risk/power_item_service.h"

#include <optional>
#include <utility>

#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/risk/power_item_rules.h"
#include "services/risk/risk_point_rules.h"

namespace qinglian::risk {
namespace {

using v1::PowerItem;

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"organization", "post", "supersedes", "state"}};
  return listing;
}

}  // namespace

PowerItemService::PowerItemService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.risk.v1.PowerItemService", environment.journal) {
  methods_.Read("GetPowerItem", this, &PowerItemService::Get);
  methods_.Read("ListPowerItems", this, &PowerItemService::List);
  methods_.Create("CreatePowerItem", this, &PowerItemService::Create);
  methods_.Update("UpdatePowerItem", this, &PowerItemService::Update);
  methods_.Update("DeletePowerItem", this, &PowerItemService::Delete);
  methods_.Transition("PublishPowerItem", this, &PowerItemService::Publish);
  methods_.Transition("WithdrawPowerItem", this, &PowerItemService::Withdraw);
  methods_.Batch<v1::BatchTransitionPowerItemsRequest, v1::BatchTransitionPowerItemsResponse>(
      "BatchTransitionPowerItems");
}

absl::StatusOr<PowerItem> PowerItemService::Get(rpc::Call& call, mysql::Connection& connection,
                                                const v1::GetPowerItemRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListPowerItemsResponse> PowerItemService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListPowerItemsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListPowerItemsResponse::mutable_power_items, std::move(conditions));
}

absl::Status PowerItemService::CheckReferences(journal::Transaction& tx, const PowerItem& item) {
  RETURN_IF_ERROR(
      registry_.CheckOrganization(tx.connection(), "power_item.organization", item.organization()));
  return registry_.CheckPost(tx.connection(), "power_item.post", item.post());
}

absl::StatusOr<PowerItem> PowerItemService::Create(journal::Transaction& tx,
                                                   const v1::CreatePowerItemRequest& request) {
  PowerItem item = request.power_item();
  resource::KeepInput(item);
  RETURN_IF_ERROR(CheckReferences(tx, item));
  item.set_edition(1);
  if (!item.supersedes().empty()) {
    ASSIGN_OR_RETURN(const PowerItem superseded, store_.Lock(tx, item.supersedes()));
    item.set_edition(superseded.edition() + 1);
  }
  item.set_state(PowerItem::STATE_DRAFT);
  return store_.Insert(tx, std::move(item));
}

absl::StatusOr<PowerItem> PowerItemService::Update(journal::Transaction& tx,
                                                   const v1::UpdatePowerItemRequest& request) {
  const std::string& name = request.power_item().name();
  ASSIGN_OR_RETURN(const PowerItem before, store_.LockTarget(tx, name, request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdatePowerItem));
  PowerItem after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.power_item(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<PowerItem> PowerItemService::Delete(journal::Transaction& tx,
                                                   const v1::DeletePowerItemRequest& request) {
  ASSIGN_OR_RETURN(const PowerItem before, store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kDeletePowerItem));
  PowerItem after = before;
  *after.mutable_delete_time() = clock::ToTimestamp(tx.now());
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<PowerItem> PowerItemService::Publish(journal::Transaction& tx,
                                                    const v1::PublishPowerItemRequest& request) {
  ASSIGN_OR_RETURN(const PowerItem seen, store_.Get(tx.connection(), request.name()));
  // The superseded item is older, and ids of items rise with time: this is the order of names.
  std::optional<PowerItem> superseded;
  if (!seen.supersedes().empty()) {
    ASSIGN_OR_RETURN(superseded, store_.Lock(tx, seen.supersedes()));
  }
  ASSIGN_OR_RETURN(const PowerItem before, store_.LockFresh(tx, request.name(), request.etag()));
  PowerItem after = before;
  PublishFacts facts{.today = tx.today()};
  ASSIGN_OR_RETURN(facts.post_valid,
                   registry_.PostValid(tx.connection(), before.post(), before.organization()));
  facts.superseded_published =
      !superseded.has_value() || (superseded->state() == PowerItem::STATE_PUBLISHED &&
                                  superseded->organization() == before.organization());
  RETURN_IF_ERROR(risk::Publish(after, facts));
  if (superseded.has_value()) {
    PowerItem replaced = *superseded;
    RETURN_IF_ERROR(Supersede(replaced, tx.today()));
    RETURN_IF_ERROR(store_.Update(tx, *superseded, std::move(replaced)).status());
    RETURN_IF_ERROR(MarkRiskPointsDue(tx, superseded->name(), before.name()));
  }
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<PowerItem> PowerItemService::Withdraw(journal::Transaction& tx,
                                                     const v1::WithdrawPowerItemRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const PowerItem before, store_.LockFresh(tx, request.name(), request.etag()));
  PowerItem after = before;
  RETURN_IF_ERROR(risk::Withdraw(after, request.reason(), tx.today()));
  RETURN_IF_ERROR(MarkRiskPointsDue(tx, before.name(), before.name()));
  return store_.Update(tx, before, std::move(after));
}

absl::Status PowerItemService::MarkRiskPointsDue(journal::Transaction& tx, const std::string& item,
                                                 const std::string& cause) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   store_.RiskPointsInForce(tx.connection(), item));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const v1::RiskPoint before, points_.Lock(tx, name));
    v1::RiskPoint after = before;
    // One that was retired while this waited for its lock is left alone.
    if (!MarkDue(after, v1::RiskPoint::REVIEW_TRIGGER_POWER_CHANGED, cause, tx.today())) continue;
    RETURN_IF_ERROR(points_.Update(tx, before, std::move(after)).status());
  }
  return absl::OkStatus();
}

}  // namespace qinglian::risk
