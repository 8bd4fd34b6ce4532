#include "services/review/objection_rules.h"

#include "common/calendar/calendar.h"
#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Objection;

absl::Status DecideOn(Objection& objection, const ObjectionTransition& transition,
                      const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(
      objection, transition,
      {{kOrganizerSide, step.organizer_side},
       {kFindingsReported, objection.has_report_time()},
       {kFourEyes, step.actor.HadNoPartIn(objection, {objection.investigator(), objection.filer(),
                                                      objection.objector()})}}));
  objection.set_decider(step.actor.name);
  *objection.mutable_decide_date() = clock::ToDate(step.today());
  objection.set_decision(reason);
  objection.set_state(transition.to);
  return absl::OkStatus();
}

}  // namespace

absl::Status File(Objection& objection, const Application& application,
                  const v1::ReviewRound& round, const Step& step) {
  RETURN_IF_ERROR(Check(objection, kFileObjection,
                        {{kOnNotice, application.state() == Application::STATE_ON_NOTICE}}));
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(round.notice_start_date()));
  ASSIGN_OR_RETURN(const absl::CivilDay end, clock::ToDay(round.notice_end_date()));
  RETURN_IF_ERROR(CheckWindow(application.name(), kFileObjection.name, step.today(), start, end));
  objection.set_filer(step.actor.name);
  step.actor.NoteIn(objection);
  *objection.mutable_file_date() = clock::ToDate(step.today());
  objection.set_state(kFileObjection.to);
  return absl::OkStatus();
}

absl::Status Admit(Objection& objection, const calendar::Calendar& calendar, const Step& step) {
  const bool real_name =
      !objection.objector().empty() || !objection.objector_organization().empty();
  RETURN_IF_ERROR(Check(
      objection, kAdmitObjection,
      {{kOrganizerSide, step.organizer_side},
       {kRealName, real_name},
       {kFourEyes, step.actor.HadNoPartIn(objection, {objection.filer(), objection.objector()})}}));
  ASSIGN_OR_RETURN(const absl::CivilDay due, calendar.AddWorkdays(step.today(), kDecisionWorkdays));
  objection.set_examiner(step.actor.name);
  *objection.mutable_decide_due_date() = clock::ToDate(due);
  objection.set_state(kAdmitObjection.to);
  return absl::OkStatus();
}

absl::Status Dismiss(Objection& objection, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(
      objection, kDismissObjection,
      {{kOrganizerSide, step.organizer_side},
       {kFourEyes, step.actor.HadNoPartIn(objection, {objection.filer(), objection.objector()})}}));
  objection.set_examiner(step.actor.name);
  objection.set_decision(reason);
  objection.set_state(kDismissObjection.to);
  return absl::OkStatus();
}

absl::Status Investigate(Objection& objection, const InvestigatorFacts& investigator,
                         const Step& step) {
  const bool involved =
      investigator.of_applicant || !lifecycle::Actor{investigator.person}.HadNoPartIn(
                                       objection, {objection.filer(), objection.objector()});
  RETURN_IF_ERROR(Check(objection, kInvestigateObjection,
                        {{kOrganizerSide, step.organizer_side},
                         {kInvestigatorAtWork, investigator.at_work},
                         {kInvestigatorNotOnPanel, !investigator.on_panel},
                         {kInvestigatorNotInvolved, !involved}}));
  objection.set_investigator(investigator.person);
  objection.set_assigner(step.actor.name);
  objection.set_state(kInvestigateObjection.to);
  return absl::OkStatus();
}

absl::Status Extend(Objection& objection, const calendar::Calendar& calendar,
                    const std::string& reason, const Step& step) {
  const auto due = clock::ToDay(objection.decide_due_date());
  RETURN_IF_ERROR(Check(
      objection, kExtendObjection,
      {{kOrganizerSide, step.organizer_side},
       {kFourEyes, step.actor.HadNoPartIn(objection, {objection.filer(), objection.objector()})},
       {kNotExtendedYet, !objection.has_extension()},
       {kBeforeDue, due.ok() && step.today() <= *due}}));
  // The first working days lead from the admission to the present day; the others go on from there.
  ASSIGN_OR_RETURN(const absl::CivilDay extended,
                   calendar.AddWorkdays(*due, kExtendedDecisionWorkdays - kDecisionWorkdays));
  auto& extension = *objection.mutable_extension();
  *extension.mutable_previous_due_date() = objection.decide_due_date();
  extension.set_reason(reason);
  extension.set_extender(step.actor.name);
  *extension.mutable_extend_time() = clock::ToTimestamp(step.business_now);
  *objection.mutable_decide_due_date() = clock::ToDate(extended);
  return absl::OkStatus();
}

absl::Status ReportFindings(Objection& objection, const std::string& findings, const Step& step) {
  RETURN_IF_ERROR(Check(objection, kReportFindings,
                        {{kCallerInvestigates, step.actor.name == objection.investigator() &&
                                                   step.actor.acting_for.empty()}}));
  objection.set_findings(findings);
  *objection.mutable_report_time() = clock::ToTimestamp(step.business_now);
  return absl::OkStatus();
}

absl::Status Sustain(Objection& objection, const std::string& reason, const Step& step) {
  return DecideOn(objection, kSustainObjection, reason, step);
}

absl::Status Reject(Objection& objection, const std::string& reason, const Step& step) {
  return DecideOn(objection, kRejectObjection, reason, step);
}

absl::Status Close(Objection& objection, const Step& step) {
  RETURN_IF_ERROR(Check(objection, kCloseObjection, {{kOrganizerSide, step.organizer_side}}));
  objection.set_notifier(step.actor.name);
  *objection.mutable_notify_date() = clock::ToDate(step.today());
  objection.set_state(kCloseObjection.to);
  return absl::OkStatus();
}

absl::Status Withdraw(Objection& objection, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(Check(objection, kWithdrawObjection,
                        {{kCallerFiled, !step.actor.HadNoPartIn(objection, {objection.filer()})}}));
  objection.set_decision(reason);
  objection.set_state(kWithdrawObjection.to);
  return absl::OkStatus();
}

}  // namespace qinglian::review
