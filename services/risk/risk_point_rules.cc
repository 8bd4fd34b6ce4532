#include "services/risk/risk_point_rules.h"

#include <algorithm>

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/risk/risk_assessment_rules.h"

namespace qinglian::risk {

using v1::Grade;
using v1::RiskAssessment;
using v1::RiskPoint;

namespace {

bool InForce(const RiskPoint& point) { return kRetireRiskPoint.Leaves(point.state()); }

Grade Raise(Grade grade, bool serious) {
  if (serious || grade == v1::GRADE_HIGH) return v1::GRADE_HIGH;
  return static_cast<Grade>(grade + 1);
}

// Whether the decider had no part in the point or in its open assessment.
bool HadNoPart(const RiskPoint& point, const RiskAssessment* assessment, const Decider& decider) {
  if (!decider.actor.HadNoPartIn(point, {point.author(), point.submitter()})) return false;
  if (!decider.actor.IsNoneOf(point.editors())) return false;
  return assessment == nullptr || HadNoPart(*assessment, decider);
}

}  // namespace

absl::Status CheckFields(const RiskPoint& point) {
  status::FieldViolations violations;
  const int sources =
      !point.power_item().empty() + !point.post().empty() + !point.institution().empty();
  if (sources != 1) {
    violations.Add("risk_point", "ONE_SOURCE",
                   "exactly one of power_item, post and institution must be set",
                   "权力事项、岗位、制度须且只能填写一项");
  }
  if (point.step() != 0 && point.power_item().empty()) {
    violations.Add("risk_point.step", "NEEDS_POWER_ITEM", "a step needs a power item",
                   "填写环节时须填写权力事项");
  }
  return violations.ToStatus();
}

absl::Status Submit(RiskPoint& point, const SubmitRiskPointFacts& facts) {
  const auto& transition = kSubmitRiskPoint;
  RETURN_IF_ERROR(lifecycle::CheckState(point, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kSourceValid, facts.source_valid));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kResponsibleResolvable,
                                        facts.responsible_resolvable));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kAssessmentComplete, facts.assessment_open));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kControlProposed, facts.control_proposed));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kSupersededInForce, facts.superseded_in_force));
  point.set_submitter(facts.actor.name);
  facts.actor.NoteIn(point);
  point.clear_state_reason();
  point.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Approve(RiskPoint& point, const RiskAssessment* assessment,
                     const ApproveRiskPointFacts& facts) {
  const auto& transition = kApproveRiskPoint;
  RETURN_IF_ERROR(lifecycle::CheckState(point, transition));
  const bool submitted =
      assessment != nullptr && assessment->state() == RiskAssessment::STATE_SUBMITTED;
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kAssessmentComplete, submitted));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kFourEyes,
                                        HadNoPart(point, assessment, facts.decider)));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kRankSuffices, facts.decider.rank_suffices));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kSourceValid, facts.source_valid));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kResponsibleResolvable,
                                        facts.responsible_resolvable));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kControlProposed, facts.control_proposed));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kSupersededInForce, facts.superseded_in_force));
  point.set_approver(facts.decider.actor.name);
  *point.mutable_approve_date() = clock::ToDate(facts.today);
  point.clear_state_reason();
  point.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Return(RiskPoint& point, const RiskAssessment* assessment, const Decider& decider,
                    const std::string& reason) {
  const auto& transition = kReturnRiskPoint;
  RETURN_IF_ERROR(lifecycle::CheckState(point, transition));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kFourEyes, HadNoPart(point, assessment, decider)));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kRankSuffices, decider.rank_suffices));
  point.set_state_reason(reason);
  point.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Suspend(RiskPoint& point, const std::string& reason) {
  RETURN_IF_ERROR(lifecycle::CheckState(point, kSuspendRiskPoint));
  point.set_state_reason(reason);
  point.set_state(kSuspendRiskPoint.to);
  return absl::OkStatus();
}

absl::Status Rehome(RiskPoint& point, const RehomeRiskPointFacts& facts) {
  const auto& transition = kRehomeRiskPoint;
  RETURN_IF_ERROR(lifecycle::CheckState(point, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kHomeValid, facts.home_valid));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kSourceValid, facts.source_valid));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kResponsibleResolvable,
                                        facts.responsible_resolvable));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kRankSuffices, facts.decider.rank_suffices));
  point.clear_state_reason();
  point.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status Retire(RiskPoint& point, const RetireRiskPointFacts& facts,
                    const std::string& reason) {
  const auto& transition = kRetireRiskPoint;
  RETURN_IF_ERROR(lifecycle::CheckState(point, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kFourEyes,
                                        HadNoPart(point, nullptr, facts.decider)));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kRankSuffices, facts.decider.rank_suffices));
  RETURN_IF_ERROR(lifecycle::CheckGuard(point, transition, kNoOpenCase, !facts.open_case));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(point, transition, kNoOpenRectification, !facts.open_rectification));
  return RetireSuperseded(point, reason, facts.today);
}

absl::Status RetireSuperseded(RiskPoint& point, const std::string& successor,
                              absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(point, kRetireRiskPoint));
  point.set_state_reason(successor);
  *point.mutable_retire_date() = clock::ToDate(today);
  point.clear_review_due_date();
  point.clear_review_trigger();
  point.clear_review_cause();
  point.set_state(kRetireRiskPoint.to);
  return absl::OkStatus();
}

void ApplyAssessment(RiskPoint& point, const RiskAssessment& assessment) {
  point.set_inherent_grade(assessment.inherent_grade());
  point.set_residual_grade(assessment.residual_grade());
  *point.mutable_next_review_date() = assessment.next_review_date();
  *point.mutable_review_due_date() = assessment.next_review_date();
  point.set_review_trigger(RiskPoint::REVIEW_TRIGGER_PERIODIC);
  point.clear_review_cause();
}

bool MarkDue(RiskPoint& point, RiskPoint::ReviewTrigger trigger, const std::string& cause,
             absl::CivilDay today) {
  if (!InForce(point)) return false;
  const auto date = clock::ToDate(today);
  if (!point.has_review_due_date() || clock::Compare(date, point.review_due_date()) < 0) {
    *point.mutable_review_due_date() = date;
  }
  point.set_review_trigger(trigger);
  point.set_review_cause(cause);
  return true;
}

bool RaiseForCase(RiskPoint& point, const std::string& case_name, bool serious,
                  absl::CivilDay today) {
  if (!MarkDue(point, RiskPoint::REVIEW_TRIGGER_CASE_FINDING, case_name, today)) return false;
  point.set_inherent_grade(Raise(point.inherent_grade(), serious));
  point.set_residual_grade(Raise(point.residual_grade(), serious));
  return true;
}

}  // namespace qinglian::risk
