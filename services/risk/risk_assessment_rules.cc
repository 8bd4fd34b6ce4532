#include "services/risk/risk_assessment_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/risk/risk_point_rules.h"

namespace qinglian::risk {

using v1::RiskAssessment;
using v1::RiskPoint;

namespace {

bool InForce(RiskPoint::State state) { return kRetireRiskPoint.Leaves(state); }

bool IsDraft(RiskPoint::State state) { return kSubmitRiskPoint.Leaves(state); }

// Marks multiply to a score; a grade may hide a small step, a score does not.
bool ClaimsRelief(const RiskAssessment& assessment) {
  return assessment.residual_likelihood() * assessment.residual_impact() <
         assessment.likelihood() * assessment.impact();
}

absl::Status CheckBacked(const RiskAssessment& assessment,
                         const lifecycle::Transition<RiskAssessment>& transition,
                         bool active_control) {
  return lifecycle::CheckGuard(assessment, transition, kResidualBacked,
                               active_control || !ClaimsRelief(assessment));
}

}  // namespace

bool HadNoPart(const RiskAssessment& assessment, const Decider& decider) {
  return decider.actor.HadNoPartIn(assessment, {assessment.assessor(), assessment.submitter()}) &&
         decider.actor.IsNoneOf(assessment.editors());
}

void GradeBy(RiskAssessment& assessment, const Scoring& scoring) {
  if (assessment.residual_likelihood() == 0) {
    assessment.set_residual_likelihood(assessment.likelihood());
  }
  if (assessment.residual_impact() == 0) assessment.set_residual_impact(assessment.impact());
  assessment.set_inherent_grade(scoring.GradeOf(assessment.likelihood(), assessment.impact()));
  assessment.set_residual_grade(
      scoring.GradeOf(assessment.residual_likelihood(), assessment.residual_impact()));
  assessment.set_scoring_model(scoring.version());
}

absl::Status ResolveTrigger(RiskAssessment& assessment, const RiskPoint& point) {
  const bool first = !InForce(point.state());
  if (assessment.review_trigger() == RiskPoint::REVIEW_TRIGGER_UNSPECIFIED) {
    assessment.set_review_trigger(first ? RiskPoint::REVIEW_TRIGGER_INITIAL
                                        : point.review_trigger());
  }
  if ((assessment.review_trigger() == RiskPoint::REVIEW_TRIGGER_INITIAL) == first)
    return absl::OkStatus();
  status::FieldViolations violations;
  violations.Add("risk_assessment.review_trigger", "TRIGGER_FITS_POINT",
                 "the first assessment of a risk point is INITIAL, and no later one is",
                 "首次评估须为 INITIAL，其后的评估不得为 INITIAL");
  return violations.ToStatus();
}

absl::Status Create(RiskAssessment& assessment, const RiskPoint& point, bool another_open) {
  const auto& transition = kCreateRiskAssessment;
  RETURN_IF_ERROR(lifecycle::CheckGuard(assessment, transition, kPointOpen,
                                        InForce(point.state()) || IsDraft(point.state())));
  RETURN_IF_ERROR(lifecycle::CheckGuard(assessment, transition, kOneOpen, !another_open));
  RETURN_IF_ERROR(ResolveTrigger(assessment, point));
  assessment.set_organization(point.organization());
  assessment.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Submit(RiskAssessment& assessment, const SubmitRiskAssessmentFacts& facts) {
  const auto& transition = kSubmitRiskAssessment;
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(assessment, transition, kPointOpen,
                                        InForce(facts.point_state) || IsDraft(facts.point_state)));
  RETURN_IF_ERROR(lifecycle::CheckGuard(assessment, transition, kScoringModelCurrent,
                                        assessment.scoring_model() == facts.scoring_model));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(assessment, transition, kResidualNotAboveInherent,
                            assessment.residual_likelihood() <= assessment.likelihood() &&
                                assessment.residual_impact() <= assessment.impact()));
  RETURN_IF_ERROR(CheckBacked(assessment, transition, facts.active_control));
  assessment.set_submitter(facts.actor.name);
  facts.actor.NoteIn(assessment);
  assessment.clear_state_reason();
  assessment.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Approve(RiskAssessment& assessment, const ApproveRiskAssessmentFacts& facts,
                     const Scoring& scoring) {
  const auto& transition = kApproveRiskAssessment;
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, transition));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(assessment, transition, kPointInForce, InForce(facts.point_state)));
  return ApproveWithPoint(assessment, facts, scoring);
}

absl::Status ApproveWithPoint(RiskAssessment& assessment, const ApproveRiskAssessmentFacts& facts,
                              const Scoring& scoring) {
  const auto& transition = kApproveRiskAssessment;
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(assessment, transition, kFourEyes,
                                        HadNoPart(assessment, facts.decider)));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(assessment, transition, kRankSuffices, facts.decider.rank_suffices));
  RETURN_IF_ERROR(CheckBacked(assessment, transition, facts.active_control));
  assessment.set_approver(facts.decider.actor.name);
  *assessment.mutable_approve_time() = clock::ToTimestamp(facts.business_now);
  *assessment.mutable_next_review_date() = clock::ToDate(clock::AddMonths(
      clock::DayOf(facts.business_now), scoring.ReviewIntervalMonths(assessment.inherent_grade())));
  assessment.clear_state_reason();
  assessment.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Return(RiskAssessment& assessment, const Decider& decider,
                    RiskPoint::State point_state, const std::string& reason) {
  const auto& transition = kReturnRiskAssessment;
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, transition));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(assessment, transition, kPointInForce, InForce(point_state)));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(assessment, transition, kFourEyes, HadNoPart(assessment, decider)));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(assessment, transition, kRankSuffices, decider.rank_suffices));
  return ReturnWithPoint(assessment, reason);
}

absl::Status ReturnWithPoint(RiskAssessment& assessment, const std::string& reason) {
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, kReturnRiskAssessment));
  assessment.set_state_reason(reason);
  assessment.set_state(kReturnRiskAssessment.to);
  return absl::OkStatus();
}

absl::Status Withdraw(RiskAssessment& assessment, RiskPoint::State point_state,
                      const std::string& reason) {
  const auto& transition = kWithdrawRiskAssessment;
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(assessment, transition, kPointNotPending,
                                        point_state != RiskPoint::STATE_PENDING_REVIEW));
  assessment.set_state_reason(reason);
  assessment.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Supersede(RiskAssessment& assessment) {
  RETURN_IF_ERROR(lifecycle::CheckState(assessment, kSupersedeRiskAssessment));
  assessment.set_state(kSupersedeRiskAssessment.to);
  return absl::OkStatus();
}

}  // namespace qinglian::risk
