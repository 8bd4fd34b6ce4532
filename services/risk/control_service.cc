#include "services/risk/control_service.h"

#include <utility>

#include "common/clock/date.h"
#include "common/journal/actor.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/risk/control_rules.h"
#include "services/risk/risk_point_rules.h"

namespace qinglian::risk {
namespace {

using v1::Control;
using v1::RiskPoint;

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"organization", "risk_point", "timing", "type",
                                               "owner", "state", "due_date"},
                             .order_fields = {"name", "create_time", "update_time", "due_date"}};
  return listing;
}

VerifyControlFacts FactsOf(const journal::Transaction& tx, const RiskPoint& point) {
  return {.actor = journal::ActorOf(tx),
          .business_now = tx.business_now(),
          .point_state = point.state()};
}

}  // namespace

ControlService::ControlService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.risk.v1.ControlService", environment.journal) {
  methods_.Read("GetControl", this, &ControlService::Get);
  methods_.Read("ListControls", this, &ControlService::List);
  methods_.Create("CreateControl", this, &ControlService::Create);
  methods_.Update("UpdateControl", this, &ControlService::Update);
  methods_.Transition("StartControl", this, &ControlService::Start);
  methods_.Transition("HoldControl", this, &ControlService::Hold);
  methods_.Transition("ResumeControl", this, &ControlService::Resume);
  methods_.Transition("CancelControl", this, &ControlService::Cancel);
  methods_.Transition("ActivateControl", this, &ControlService::Activate);
  methods_.Transition("DegradeControl", this, &ControlService::Degrade);
  methods_.Transition("RestoreControl", this, &ControlService::Restore);
  methods_.Transition("RetireControl", this, &ControlService::Retire);
  methods_.Batch<v1::BatchTransitionControlsRequest, v1::BatchTransitionControlsResponse>(
      "BatchTransitionControls");
}

absl::StatusOr<Control> ControlService::Get(rpc::Call& call, mysql::Connection& connection,
                                            const v1::GetControlRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListControlsResponse> ControlService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListControlsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListControlsResponse::mutable_controls, std::move(conditions));
}

absl::StatusOr<Control> ControlService::Create(journal::Transaction& tx,
                                               const v1::CreateControlRequest& request) {
  Control control = request.control();
  resource::KeepInput(control);
  ASSIGN_OR_RETURN(const RiskPoint point, points_.Lock(tx, control.risk_point()));
  RETURN_IF_ERROR(registry_.CheckPerson(tx.connection(), "control.owner", control.owner()));
  RETURN_IF_ERROR(risk::Create(control, point));
  ASSIGN_OR_RETURN(control, store_.Insert(tx, std::move(control)));
  RETURN_IF_ERROR(points_.Touch(tx, point).status());
  return control;
}

// The point of a control never changes, so it may be read before anything is locked.
absl::StatusOr<ControlService::Locked> ControlService::LockPoint(journal::Transaction& tx,
                                                                 const std::string& name) {
  Locked locked;
  ASSIGN_OR_RETURN(locked.control, store_.Get(tx.connection(), name));
  ASSIGN_OR_RETURN(locked.point, points_.Lock(tx, locked.control.risk_point()));
  return locked;
}

absl::StatusOr<ControlService::Locked> ControlService::LockBoth(journal::Transaction& tx,
                                                                const std::string& name,
                                                                const std::string& etag) {
  ASSIGN_OR_RETURN(Locked locked, LockPoint(tx, name));
  ASSIGN_OR_RETURN(locked.control, store_.LockFresh(tx, name, etag));
  return locked;
}

absl::StatusOr<Control> ControlService::Update(journal::Transaction& tx,
                                               const v1::UpdateControlRequest& request) {
  const std::string& name = request.control().name();
  ASSIGN_OR_RETURN(Locked locked, LockPoint(tx, name));
  ASSIGN_OR_RETURN(locked.control, store_.LockTarget(tx, name, request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(locked.control, kUpdateControl));
  Control after = locked.control;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.control(), request.update_mask(), after));
  RETURN_IF_ERROR(registry_.CheckPerson(tx.connection(), "control.owner", after.owner()));
  return Keep(tx, locked, std::move(after), locked.point);
}

absl::StatusOr<Control> ControlService::Keep(journal::Transaction& tx, const Locked& before,
                                             Control after, RiskPoint point) {
  ASSIGN_OR_RETURN(after, store_.Update(tx, before.control, std::move(after)));
  if (after.etag() != before.control.etag()) {
    RETURN_IF_ERROR(points_.Touch(tx, before.point, std::move(point)).status());
  }
  return after;
}

absl::StatusOr<Control> ControlService::Move(journal::Transaction& tx, const std::string& name,
                                             const std::string& etag, const Rule& rule) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, name, etag));
  Control after = locked.control;
  RETURN_IF_ERROR(rule(after, locked.point));
  return Keep(tx, locked, std::move(after), locked.point);
}

absl::StatusOr<Control> ControlService::Start(journal::Transaction& tx,
                                              const v1::StartControlRequest& request) {
  return Move(tx, request.name(), request.etag(), [](Control& control, const RiskPoint& point) {
    return risk::Start(control, point.state());
  });
}

absl::StatusOr<Control> ControlService::Hold(journal::Transaction& tx,
                                             const v1::HoldControlRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](Control& control, const RiskPoint&) {
    return risk::Hold(control, request.reason());
  });
}

absl::StatusOr<Control> ControlService::Resume(journal::Transaction& tx,
                                               const v1::ResumeControlRequest& request) {
  return Move(tx, request.name(), request.etag(), [](Control& control, const RiskPoint& point) {
    return risk::Resume(control, point.state());
  });
}

absl::StatusOr<Control> ControlService::Cancel(journal::Transaction& tx,
                                               const v1::CancelControlRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](Control& control, const RiskPoint&) {
    return risk::Cancel(control, request.reason());
  });
}

absl::StatusOr<Control> ControlService::Activate(journal::Transaction& tx,
                                                 const v1::ActivateControlRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](Control& control, const RiskPoint& point) {
    return risk::Activate(control, request.evidence(), FactsOf(tx, point));
  });
}

absl::StatusOr<Control> ControlService::Restore(journal::Transaction& tx,
                                                const v1::RestoreControlRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](Control& control, const RiskPoint& point) {
    return risk::Restore(control, request.evidence(), FactsOf(tx, point));
  });
}

absl::StatusOr<Control> ControlService::Degrade(journal::Transaction& tx,
                                                const v1::DegradeControlRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  Control after = locked.control;
  RETURN_IF_ERROR(risk::Degrade(after, request.degradation(), request.reason()));
  RiskPoint point = locked.point;
  MarkDue(point, RiskPoint::REVIEW_TRIGGER_CONTROL_FAILED, after.name(), tx.today());
  return Keep(tx, locked, std::move(after), std::move(point));
}

absl::StatusOr<Control> ControlService::Retire(journal::Transaction& tx,
                                               const v1::RetireControlRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const ControlCounts counts,
                   store_.CountsOf(tx.connection(), locked.point.name()));
  const int self = locked.control.state() == Control::STATE_ACTIVE ? 1 : 0;
  ASSIGN_OR_RETURN(const absl::Time since, clock::ToTime(locked.control.activate_time()));
  ASSIGN_OR_RETURN(const bool reassessed,
                   assessments_.ApprovedAfter(tx.connection(), locked.point.name(), since));
  Control after = locked.control;
  RETURN_IF_ERROR(risk::Retire(
      after, counts.active > self || reassessed || locked.point.state() == RiskPoint::STATE_RETIRED,
      request.reason()));
  return Keep(tx, locked, std::move(after), locked.point);
}

}  // namespace qinglian::risk
