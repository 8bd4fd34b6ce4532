#include "services/risk/risk_point_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/journal/actor.h"
#include "common/number/number.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/risk/control_rules.h"
#include "services/risk/risk_assessment_rules.h"
#include "services/risk/risk_point_rules.h"

namespace qinglian::risk {
namespace {

using v1::Control;
using v1::PowerItem;
using v1::RiskAssessment;
using v1::RiskPoint;

constexpr std::string_view kFilingKind = "risk-point-filing";
constexpr std::string_view kFilingPrefix = "风险备";
constexpr char kPointDeleted[] = "risk point deleted";

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "power_item", "post", "category", "state", "inherent_grade",
                        "residual_grade", "review_trigger", "review_due_date", "responsible_office",
                        "responsible_person", "supersedes"},
      .order_fields = {"name", "create_time", "update_time", "review_due_date"}};
  return listing;
}

bool InForce(const RiskPoint& point) { return kRetireRiskPoint.Leaves(point.state()); }

// Whether the point may take the place of the one it supersedes.
bool SupersededInForce(const RiskPoint& point, const std::optional<RiskPoint>& superseded) {
  if (point.supersedes().empty()) return true;
  return superseded.has_value() && InForce(*superseded) &&
         superseded->organization() == point.organization();
}

}  // namespace

RiskPointService::RiskPointService(const serving::Environment& environment, const Scoring& scoring)
    : environment_(environment),
      scoring_(scoring),
      methods_(environment.pipeline, "qinglian.risk.v1.RiskPointService", environment.journal) {
  methods_.Read("GetRiskPoint", this, &RiskPointService::Get);
  methods_.Read("ListRiskPoints", this, &RiskPointService::List);
  methods_.Create("CreateRiskPoint", this, &RiskPointService::Create);
  methods_.Update("UpdateRiskPoint", this, &RiskPointService::Update);
  methods_.Update("DeleteRiskPoint", this, &RiskPointService::Delete);
  methods_.Transition("SubmitRiskPoint", this, &RiskPointService::Submit);
  methods_.Transition("ApproveRiskPoint", this, &RiskPointService::Approve);
  methods_.Transition("ReturnRiskPoint", this, &RiskPointService::Return);
  methods_.Transition("SuspendRiskPoint", this, &RiskPointService::Suspend);
  methods_.Transition("RehomeRiskPoint", this, &RiskPointService::Rehome);
  methods_.Transition("RetireRiskPoint", this, &RiskPointService::Retire);
  methods_.Batch<v1::BatchTransitionRiskPointsRequest, v1::BatchTransitionRiskPointsResponse>(
      "BatchTransitionRiskPoints");
}

absl::StatusOr<RiskPoint> RiskPointService::Get(rpc::Call& call, mysql::Connection& connection,
                                                const v1::GetRiskPointRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListRiskPointsResponse> RiskPointService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListRiskPointsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListRiskPointsResponse::mutable_risk_points, std::move(conditions));
}

absl::Status RiskPointService::CheckReferences(journal::Transaction& tx, const RiskPoint& point) {
  mysql::Connection& connection = tx.connection();
  RETURN_IF_ERROR(
      registry_.CheckOrganization(connection, "risk_point.organization", point.organization()));
  RETURN_IF_ERROR(registry_.CheckPost(connection, "risk_point.post", point.post()));
  RETURN_IF_ERROR(registry_.CheckPerson(connection, "risk_point.responsible_leader",
                                        point.responsible_leader()));
  RETURN_IF_ERROR(registry_.CheckOrganization(connection, "risk_point.responsible_office",
                                              point.responsible_office()));
  RETURN_IF_ERROR(registry_.CheckPerson(connection, "risk_point.responsible_person",
                                        point.responsible_person()));
  if (!point.power_item().empty()) {
    RETURN_IF_ERROR(power_items_.Get(connection, point.power_item()).status());
  }
  if (!point.supersedes().empty()) {
    RETURN_IF_ERROR(store_.Get(connection, point.supersedes()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<RiskPoint> RiskPointService::Create(journal::Transaction& tx,
                                                   const v1::CreateRiskPointRequest& request) {
  RiskPoint point = request.risk_point();
  resource::KeepInput(point);
  RETURN_IF_ERROR(CheckFields(point));
  RETURN_IF_ERROR(CheckReferences(tx, point));
  point.set_author(tx.facts().actor);
  journal::ActorOf(tx).NoteIn(point);
  point.set_state(RiskPoint::STATE_DRAFT);
  return store_.Insert(tx, std::move(point));
}

absl::StatusOr<RiskPoint> RiskPointService::Update(journal::Transaction& tx,
                                                   const v1::UpdateRiskPointRequest& request) {
  const std::string& name = request.risk_point().name();
  ASSIGN_OR_RETURN(const RiskPoint before, store_.LockTarget(tx, name, request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdateRiskPoint));
  RiskPoint after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.risk_point(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckFields(after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  NoteEditor(before, journal::ActorOf(tx), after);
  return store_.Update(tx, before, std::move(after));
}

absl::Status RiskPointService::WithdrawOpenAssessment(journal::Transaction& tx,
                                                      const RiskPoint& point,
                                                      const std::string& reason) {
  ASSIGN_OR_RETURN(const std::optional<RiskAssessment> open,
                   assessments_.LockOpen(tx, point.name()));
  if (!open.has_value()) return absl::OkStatus();
  RiskAssessment withdrawn = *open;
  RETURN_IF_ERROR(Withdraw(withdrawn, point.state(), reason));
  return assessments_.Update(tx, *open, std::move(withdrawn)).status();
}

absl::StatusOr<RiskPoint> RiskPointService::Delete(journal::Transaction& tx,
                                                   const v1::DeleteRiskPointRequest& request) {
  ASSIGN_OR_RETURN(const RiskPoint before, store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kDeleteRiskPoint));
  ASSIGN_OR_RETURN(const ControlCounts counts, controls_.CountsOf(tx.connection(), before.name()));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(before, kDeleteRiskPoint, kNoControlStarted, counts.started == 0));
  RETURN_IF_ERROR(WithdrawOpenAssessment(tx, before, kPointDeleted));
  ASSIGN_OR_RETURN(const std::vector<Control> planned, controls_.LockPlanned(tx, before.name()));
  for (const Control& control : planned) {
    Control cancelled = control;
    RETURN_IF_ERROR(Cancel(cancelled, kPointDeleted));
    RETURN_IF_ERROR(controls_.Update(tx, control, std::move(cancelled)).status());
  }
  RiskPoint after = before;
  *after.mutable_delete_time() = clock::ToTimestamp(tx.now());
  return store_.Update(tx, before, std::move(after));
}

// Power items come before risk points by name, and a superseded point before its successor, because
// ids rise with time: this is the order in which every write locks them.
absl::StatusOr<RiskPointService::Locked> RiskPointService::LockAll(journal::Transaction& tx,
                                                                   const std::string& name,
                                                                   const std::string& etag) {
  Locked locked;
  ASSIGN_OR_RETURN(const RiskPoint seen, store_.Get(tx.connection(), name));
  if (!seen.power_item().empty()) {
    ASSIGN_OR_RETURN(locked.power_item, power_items_.Lock(tx, seen.power_item()));
  }
  if (!seen.supersedes().empty()) {
    ASSIGN_OR_RETURN(locked.superseded, store_.Lock(tx, seen.supersedes()));
  }
  ASSIGN_OR_RETURN(locked.point, store_.LockFresh(tx, name, etag));
  if (locked.point.power_item() != seen.power_item()) return status::Error(status::kConflict);
  ASSIGN_OR_RETURN(locked.assessment, assessments_.LockOpen(tx, name));
  return locked;
}

absl::StatusOr<bool> RiskPointService::SourceValid(journal::Transaction& tx, const RiskPoint& point,
                                                   const std::optional<PowerItem>& power_item) {
  if (!point.post().empty()) {
    return registry_.PostValid(tx.connection(), point.post(), point.organization());
  }
  if (point.power_item().empty()) return true;
  return power_item.has_value() && power_item->state() == PowerItem::STATE_PUBLISHED &&
         power_item->organization() == point.organization() &&
         point.step() <= power_item->steps_size();
}

absl::Status RiskPointService::SubmitAssessment(journal::Transaction& tx,
                                                const RiskAssessment& assessment,
                                                RiskPoint::State point_state, bool active_control) {
  if (assessment.state() == RiskAssessment::STATE_SUBMITTED) return absl::OkStatus();
  RiskAssessment submitted = assessment;
  RETURN_IF_ERROR(
      risk::Submit(submitted, SubmitRiskAssessmentFacts{.actor = journal::ActorOf(tx),
                                                        .point_state = point_state,
                                                        .scoring_model = scoring_.version(),
                                                        .active_control = active_control}));
  return assessments_.Update(tx, assessment, std::move(submitted)).status();
}

absl::StatusOr<RiskPoint> RiskPointService::Submit(journal::Transaction& tx,
                                                   const v1::SubmitRiskPointRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  const RiskPoint& before = locked.point;
  SubmitRiskPointFacts facts{.actor = journal::ActorOf(tx)};
  ASSIGN_OR_RETURN(facts.source_valid, SourceValid(tx, before, locked.power_item));
  ASSIGN_OR_RETURN(facts.responsible_resolvable,
                   registry_.ResponsibleResolvable(tx.connection(), before));
  ASSIGN_OR_RETURN(const ControlCounts controls,
                   controls_.CountsOf(tx.connection(), before.name()));
  facts.assessment_open = locked.assessment.has_value();
  facts.control_proposed = controls.proposed > 0;
  facts.superseded_in_force = SupersededInForce(before, locked.superseded);
  RiskPoint after = before;
  RETURN_IF_ERROR(risk::Submit(after, facts));
  RETURN_IF_ERROR(SubmitAssessment(tx, *locked.assessment, before.state(), controls.active > 0));
  return store_.Update(tx, before, std::move(after));
}

absl::Status RiskPointService::ApproveAssessment(journal::Transaction& tx,
                                                 const RiskAssessment& assessment,
                                                 const Decider& decider, bool active_control,
                                                 RiskPoint& point) {
  RiskAssessment approved = assessment;
  RETURN_IF_ERROR(ApproveWithPoint(approved,
                                   {.decider = decider,
                                    .business_now = tx.business_now(),
                                    .point_state = RiskPoint::STATE_PENDING_REVIEW,
                                    .active_control = active_control},
                                   scoring_));
  ApplyAssessment(point, approved);
  return assessments_.Update(tx, assessment, std::move(approved)).status();
}

absl::Status RiskPointService::RetireSupersededPoint(journal::Transaction& tx,
                                                     const RiskPoint& superseded,
                                                     const RiskPoint& successor) {
  RETURN_IF_ERROR(WithdrawOpenAssessment(tx, superseded, successor.name()));
  RiskPoint retired = superseded;
  RETURN_IF_ERROR(RetireSuperseded(retired, successor.name(), tx.today()));
  return store_.Update(tx, superseded, std::move(retired)).status();
}

absl::StatusOr<std::string> RiskPointService::NextFilingNumber(journal::Transaction& tx,
                                                               const RiskPoint& point) {
  ASSIGN_OR_RETURN(const id::Uuid organization,
                   id::ParseName("organizations", point.organization()));
  const int year = static_cast<int>(tx.today().year());
  ASSIGN_OR_RETURN(const int64_t number,
                   number::Next(tx.connection(), organization, kFilingKind, year));
  return number::Format(kFilingPrefix, year, number);
}

absl::StatusOr<RiskPoint> RiskPointService::Approve(journal::Transaction& tx,
                                                    const v1::ApproveRiskPointRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  const RiskPoint& before = locked.point;
  ApproveRiskPointFacts facts{.today = tx.today()};
  const v1::Grade grade =
      locked.assessment.has_value() ? locked.assessment->inherent_grade() : v1::GRADE_UNSPECIFIED;
  ASSIGN_OR_RETURN(facts.decider, registry_.DeciderOn(tx, scoring_, before.organization(), grade));
  ASSIGN_OR_RETURN(facts.source_valid, SourceValid(tx, before, locked.power_item));
  ASSIGN_OR_RETURN(facts.responsible_resolvable,
                   registry_.ResponsibleResolvable(tx.connection(), before));
  ASSIGN_OR_RETURN(const ControlCounts controls,
                   controls_.CountsOf(tx.connection(), before.name()));
  facts.control_proposed = controls.proposed > 0;
  facts.superseded_in_force = SupersededInForce(before, locked.superseded);
  RiskPoint after = before;
  RETURN_IF_ERROR(
      risk::Approve(after, locked.assessment.has_value() ? &*locked.assessment : nullptr, facts));
  RETURN_IF_ERROR(
      ApproveAssessment(tx, *locked.assessment, facts.decider, controls.active > 0, after));
  if (locked.superseded.has_value()) {
    RETURN_IF_ERROR(RetireSupersededPoint(tx, *locked.superseded, before));
  }
  ASSIGN_OR_RETURN(*after.mutable_filing_number(), NextFilingNumber(tx, before));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<RiskPoint> RiskPointService::Return(journal::Transaction& tx,
                                                   const v1::ReturnRiskPointRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const RiskPoint before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const std::optional<RiskAssessment> open,
                   assessments_.LockOpen(tx, before.name()));
  const v1::Grade grade = open.has_value() ? open->inherent_grade() : v1::GRADE_UNSPECIFIED;
  ASSIGN_OR_RETURN(const Decider decider,
                   registry_.DeciderOn(tx, scoring_, before.organization(), grade));
  RiskPoint after = before;
  RETURN_IF_ERROR(
      risk::Return(after, open.has_value() ? &*open : nullptr, decider, request.reason()));
  if (open.has_value()) {
    RiskAssessment returned = *open;
    RETURN_IF_ERROR(ReturnWithPoint(returned, request.reason()));
    RETURN_IF_ERROR(assessments_.Update(tx, *open, std::move(returned)).status());
  }
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<RiskPoint> RiskPointService::Suspend(journal::Transaction& tx,
                                                    const v1::SuspendRiskPointRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const RiskPoint before, store_.LockFresh(tx, request.name(), request.etag()));
  RiskPoint after = before;
  RETURN_IF_ERROR(risk::Suspend(after, request.reason()));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<RiskPoint> RiskPointService::Rehome(journal::Transaction& tx,
                                                   const v1::RehomeRiskPointRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  const RiskPoint& before = locked.point;
  RiskPoint after = before;
  after.set_organization(request.organization());
  if (!request.post().empty()) after.set_post(request.post());
  if (!request.responsible_leader().empty()) {
    after.set_responsible_leader(request.responsible_leader());
  }
  if (!request.responsible_office().empty()) {
    after.set_responsible_office(request.responsible_office());
  }
  if (!request.responsible_person().empty()) {
    after.set_responsible_person(request.responsible_person());
  }
  RETURN_IF_ERROR(CheckFields(after));
  RehomeRiskPointFacts facts;
  ASSIGN_OR_RETURN(facts.decider, registry_.DeciderOn(tx, scoring_, after.organization(),
                                                      before.inherent_grade()));
  ASSIGN_OR_RETURN(facts.home_valid,
                   registry_.OrganizationExists(tx.connection(), after.organization()));
  ASSIGN_OR_RETURN(facts.source_valid, SourceValid(tx, after, locked.power_item));
  ASSIGN_OR_RETURN(facts.responsible_resolvable,
                   registry_.ResponsibleResolvable(tx.connection(), after));
  RETURN_IF_ERROR(risk::Rehome(after, facts));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<RiskPoint> RiskPointService::Retire(journal::Transaction& tx,
                                                   const v1::RetireRiskPointRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const RiskPoint before, store_.LockFresh(tx, request.name(), request.etag()));
  RetireRiskPointFacts facts{.today = tx.today()};
  ASSIGN_OR_RETURN(facts.decider, registry_.DeciderOn(tx, scoring_, before.organization(),
                                                      before.inherent_grade()));
  ASSIGN_OR_RETURN(facts.open_case, store_.HasOpenCase(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(facts.open_rectification,
                   store_.HasOpenRectification(tx.connection(), before.name()));
  RiskPoint after = before;
  RETURN_IF_ERROR(risk::Retire(after, facts, request.reason()));
  RETURN_IF_ERROR(WithdrawOpenAssessment(tx, before, request.reason()));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::risk
