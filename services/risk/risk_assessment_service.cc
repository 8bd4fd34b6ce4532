#include "services/risk/risk_assessment_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/journal/actor.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/risk/risk_assessment_rules.h"
#include "services/risk/risk_point_rules.h"

namespace qinglian::risk {
namespace {

using v1::RiskAssessment;
using v1::RiskPoint;

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "risk_point", "review_trigger", "state", "inherent_grade",
                        "residual_grade", "assessor"}};
  return listing;
}

}  // namespace

RiskAssessmentService::RiskAssessmentService(const serving::Environment& environment,
                                             const Scoring& scoring)
    : environment_(environment),
      scoring_(scoring),
      methods_(environment.pipeline, "qinglian.risk.v1.RiskAssessmentService",
               environment.journal) {
  methods_.Read("GetRiskAssessment", this, &RiskAssessmentService::Get);
  methods_.Read("ListRiskAssessments", this, &RiskAssessmentService::List);
  methods_.Create("CreateRiskAssessment", this, &RiskAssessmentService::Create);
  methods_.Update("UpdateRiskAssessment", this, &RiskAssessmentService::Update);
  methods_.Transition("SubmitRiskAssessment", this, &RiskAssessmentService::Submit);
  methods_.Transition("ApproveRiskAssessment", this, &RiskAssessmentService::Approve);
  methods_.Transition("ReturnRiskAssessment", this, &RiskAssessmentService::Return);
  methods_.Transition("WithdrawRiskAssessment", this, &RiskAssessmentService::Withdraw);
  methods_
      .Batch<v1::BatchTransitionRiskAssessmentsRequest, v1::BatchTransitionRiskAssessmentsResponse>(
          "BatchTransitionRiskAssessments");
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetRiskAssessmentRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListRiskAssessmentsResponse> RiskAssessmentService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListRiskAssessmentsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListRiskAssessmentsResponse::mutable_risk_assessments,
                        std::move(conditions));
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Create(
    journal::Transaction& tx, const v1::CreateRiskAssessmentRequest& request) {
  RiskAssessment assessment = request.risk_assessment();
  resource::KeepInput(assessment);
  ASSIGN_OR_RETURN(const RiskPoint point, points_.Lock(tx, assessment.risk_point()));
  ASSIGN_OR_RETURN(const std::optional<RiskAssessment> open, store_.LockOpen(tx, point.name()));
  RETURN_IF_ERROR(risk::Create(assessment, point, open.has_value()));
  GradeBy(assessment, scoring_);
  assessment.set_assessor(tx.facts().actor);
  journal::ActorOf(tx).NoteIn(assessment);
  ASSIGN_OR_RETURN(assessment, store_.Insert(tx, std::move(assessment)));
  RETURN_IF_ERROR(points_.Touch(tx, point).status());
  return assessment;
}

// The point of an assessment never changes, so it may be read before anything is locked.
absl::StatusOr<RiskAssessmentService::Locked> RiskAssessmentService::LockPoint(
    journal::Transaction& tx, const std::string& name) {
  Locked locked;
  ASSIGN_OR_RETURN(locked.assessment, store_.Get(tx.connection(), name));
  ASSIGN_OR_RETURN(locked.point, points_.Lock(tx, locked.assessment.risk_point()));
  return locked;
}

absl::StatusOr<RiskAssessmentService::Locked> RiskAssessmentService::LockBoth(
    journal::Transaction& tx, const std::string& name, const std::string& etag) {
  ASSIGN_OR_RETURN(Locked locked, LockPoint(tx, name));
  ASSIGN_OR_RETURN(locked.assessment, store_.LockFresh(tx, name, etag));
  return locked;
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Update(
    journal::Transaction& tx, const v1::UpdateRiskAssessmentRequest& request) {
  const std::string& name = request.risk_assessment().name();
  ASSIGN_OR_RETURN(Locked locked, LockPoint(tx, name));
  ASSIGN_OR_RETURN(locked.assessment, store_.LockTarget(tx, name, request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(locked.assessment, kUpdateRiskAssessment));
  RiskAssessment after = locked.assessment;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.risk_assessment(), request.update_mask(), after));
  RETURN_IF_ERROR(ResolveTrigger(after, locked.point));
  GradeBy(after, scoring_);
  NoteEditor(locked.assessment, journal::ActorOf(tx), after);
  return Keep(tx, locked, std::move(after), locked.point);
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Keep(journal::Transaction& tx,
                                                           const Locked& before,
                                                           RiskAssessment after, RiskPoint point) {
  ASSIGN_OR_RETURN(after, store_.Update(tx, before.assessment, std::move(after)));
  if (after.etag() != before.assessment.etag()) {
    RETURN_IF_ERROR(points_.Touch(tx, before.point, std::move(point)).status());
  }
  return after;
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Submit(
    journal::Transaction& tx, const v1::SubmitRiskAssessmentRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const ControlCounts controls,
                   controls_.CountsOf(tx.connection(), locked.point.name()));
  RiskAssessment after = locked.assessment;
  RETURN_IF_ERROR(
      risk::Submit(after, SubmitRiskAssessmentFacts{.actor = journal::ActorOf(tx),
                                                    .point_state = locked.point.state(),
                                                    .scoring_model = scoring_.version(),
                                                    .active_control = controls.active > 0}));
  return Keep(tx, locked, std::move(after), locked.point);
}

// A point is never lowered by a lower rank than the one that answered for its old grade.
absl::StatusOr<Decider> RiskAssessmentService::DeciderOn(journal::Transaction& tx,
                                                         const Locked& locked) {
  return registry_.DeciderOn(
      tx, scoring_, locked.point.organization(),
      std::max(locked.point.inherent_grade(), locked.assessment.inherent_grade()));
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Approve(
    journal::Transaction& tx, const v1::ApproveRiskAssessmentRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ApproveRiskAssessmentFacts facts{.business_now = tx.business_now(),
                                   .point_state = locked.point.state()};
  ASSIGN_OR_RETURN(facts.decider, DeciderOn(tx, locked));
  ASSIGN_OR_RETURN(const ControlCounts controls,
                   controls_.CountsOf(tx.connection(), locked.point.name()));
  facts.active_control = controls.active > 0;
  RiskAssessment after = locked.assessment;
  RETURN_IF_ERROR(risk::Approve(after, facts, scoring_));
  ASSIGN_OR_RETURN(const std::optional<RiskAssessment> approved,
                   store_.LockApproved(tx, locked.point.name()));
  if (approved.has_value()) {
    RiskAssessment replaced = *approved;
    RETURN_IF_ERROR(Supersede(replaced));
    RETURN_IF_ERROR(store_.Update(tx, *approved, std::move(replaced)).status());
  }
  RiskPoint point = locked.point;
  ApplyAssessment(point, after);
  return Keep(tx, locked, std::move(after), std::move(point));
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Return(
    journal::Transaction& tx, const v1::ReturnRiskAssessmentRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Decider decider, DeciderOn(tx, locked));
  RiskAssessment after = locked.assessment;
  RETURN_IF_ERROR(risk::Return(after, decider, locked.point.state(), request.reason()));
  return Keep(tx, locked, std::move(after), locked.point);
}

absl::StatusOr<RiskAssessment> RiskAssessmentService::Withdraw(
    journal::Transaction& tx, const v1::WithdrawRiskAssessmentRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockBoth(tx, request.name(), request.etag()));
  RiskAssessment after = locked.assessment;
  RETURN_IF_ERROR(risk::Withdraw(after, locked.point.state(), request.reason()));
  return Keep(tx, locked, std::move(after), locked.point);
}

}  // namespace qinglian::risk
