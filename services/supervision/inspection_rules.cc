#include "services/supervision/inspection_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::supervision {

using lifecycle::CheckGuard;
using lifecycle::CheckState;
using v1::Inspection;
using v1::SupervisionCase;

namespace {

bool IsOnTeam(const Inspection& inspection, const Step& step) {
  return inspection.leader() == step.actor.name || Holds(inspection.members(), step.actor.name);
}

}  // namespace

std::vector<std::string> TeamOf(const Inspection& inspection) {
  std::vector<std::string> team = {inspection.leader()};
  for (const std::string& member : inspection.members()) {
    if (member != inspection.leader()) team.push_back(member);
  }
  return team;
}

absl::Status CheckConsistency(const Inspection& inspection) {
  status::FieldViolations violations;
  const auto start = clock::ToDay(inspection.planned_start_date());
  const auto end = clock::ToDay(inspection.planned_end_date());
  if (!start.ok()) {
    violations.Add("inspection.planned_start_date", "DATE", "is not a date", "不是有效的日期");
  }
  if (!end.ok()) {
    violations.Add("inspection.planned_end_date", "DATE", "is not a date", "不是有效的日期");
  }
  if (start.ok() && end.ok() && *end < *start) {
    violations.Add("inspection.planned_end_date", "BEFORE_START", "lies before the first day",
                   "早于开始日期");
  }
  if (Holds(inspection.members(), inspection.leader())) {
    violations.Add("inspection.members", "LEADER_REPEATED", "names the leader once more",
                   "组长不得重复列为成员");
  }
  return violations.ToStatus();
}

absl::Status Plan(Inspection& inspection, const Step& step) {
  RETURN_IF_ERROR(CheckState(inspection, kPlanInspection));
  RETURN_IF_ERROR(CheckConsistency(inspection));
  inspection.set_planner(step.actor.name);
  inspection.set_state(kPlanInspection.to);
  return absl::OkStatus();
}

absl::Status CheckUpdate(const Inspection& before, const Inspection& after) {
  RETURN_IF_ERROR(CheckState(before, kUpdateInspection));
  return CheckConsistency(after);
}

absl::Status Start(Inspection& inspection, const StartInspectionFacts& facts) {
  RETURN_IF_ERROR(CheckState(inspection, kStartInspection));
  RETURN_IF_ERROR(
      CheckGuard(inspection, kStartInspection, kActorOnTeam, IsOnTeam(inspection, facts.step)));
  RETURN_IF_ERROR(CheckGuard(inspection, kStartInspection, kTargetsKnown, facts.targets_known));
  RETURN_IF_ERROR(CheckGuard(inspection, kStartInspection, kTeamAtWork, facts.team_at_work));
  RETURN_IF_ERROR(
      CheckGuard(inspection, kStartInspection, kTeamNotOfTarget,
                 !facts.team_of_target || inspection.kind() == Inspection::KIND_SELF_CHECK));
  *inspection.mutable_start_date() = clock::ToDate(facts.step.today());
  inspection.set_state(kStartInspection.to);
  return absl::OkStatus();
}

absl::Status RecordFinding(Inspection& inspection, const Inspection::Finding& finding,
                           const RecordFindingFacts& facts) {
  RETURN_IF_ERROR(CheckState(inspection, kRecordFinding));
  RETURN_IF_ERROR(
      CheckGuard(inspection, kRecordFinding, kActorOnTeam, IsOnTeam(inspection, facts.step)));
  if (finding.checklist_item() > inspection.checklist_size()) {
    status::FieldViolations violations;
    violations.Add("finding.checklist_item", "NOT_IN_CHECKLIST",
                   "is more than the checklist has items", "超出检查清单的项数");
    return violations.ToStatus();
  }
  RETURN_IF_ERROR(CheckGuard(inspection, kRecordFinding, kFoundInScope, facts.in_scope));
  RETURN_IF_ERROR(CheckGuard(inspection, kRecordFinding, kCategoryInUse, facts.category_in_use));
  RETURN_IF_ERROR(CheckGuard(inspection, kRecordFinding, kEvidenceStored, facts.evidence_stored));
  Inspection::Finding& kept = *inspection.add_findings();
  kept = finding;
  kept.set_number(inspection.findings_size());
  kept.clear_supervision_case();
  kept.set_recorder(facts.step.actor.name);
  *kept.mutable_record_time() = clock::ToTimestamp(facts.step.business_now);
  return absl::OkStatus();
}

absl::Status Conclude(Inspection& inspection, const std::string& conclusion, const Step& step) {
  RETURN_IF_ERROR(CheckState(inspection, kConcludeInspection));
  RETURN_IF_ERROR(CheckGuard(inspection, kConcludeInspection, kActorLeadsTeam,
                             inspection.leader() == step.actor.name));
  inspection.set_conclusion(conclusion);
  *inspection.mutable_end_date() = clock::ToDate(step.today());
  inspection.set_state(kConcludeInspection.to);
  return absl::OkStatus();
}

absl::Status Cancel(Inspection& inspection, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(CheckState(inspection, kCancelInspection));
  inspection.set_cancel_reason(reason);
  *inspection.mutable_end_date() = clock::ToDate(step.today());
  inspection.set_state(kCancelInspection.to);
  return absl::OkStatus();
}

SupervisionCase CaseOf(const Inspection& inspection, const Inspection::Finding& finding) {
  SupervisionCase opened;
  opened.set_organization(inspection.organization());
  opened.set_subject_organization(finding.organization());
  opened.set_subject_person(finding.person());
  opened.set_source(SupervisionCase::SOURCE_INSPECTION_FINDING);
  opened.set_source_resource(inspection.name());
  opened.set_display_name(finding.display_name());
  opened.set_description(finding.description());
  opened.set_category(finding.category());
  opened.set_severity(finding.severity());
  *opened.mutable_risk_points() = finding.risk_points();
  *opened.mutable_evidence_digests() = finding.evidence_digests();
  return opened;
}

}  // namespace qinglian::supervision
