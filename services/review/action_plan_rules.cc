#include "services/review/action_plan_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::review {

using v1::ActionPlan;

absl::Status File(ActionPlan& plan, bool programme_open, const Step& step) {
  RETURN_IF_ERROR(Check(plan, kFileActionPlan,
                        {{kApplicantSide, step.applicant_side}, {kProgrammeOpen, programme_open}}));
  plan.set_filer(step.actor.name);
  plan.clear_represented();
  step.actor.NoteIn(plan);
  *plan.mutable_file_date() = clock::ToDate(step.today());
  plan.set_accepted(false);
  plan.set_state(kFileActionPlan.to);
  return absl::OkStatus();
}

absl::Status Accept(ActionPlan& plan, const std::string& comment, const Step& step) {
  RETURN_IF_ERROR(Check(plan, kAcceptActionPlan,
                        {{kOrganizerSide, step.organizer_side},
                         {kFourEyes, step.actor.HadNoPartIn(plan, {plan.filer()})},
                         {kNotAcceptedYet, !plan.accepted()}}));
  plan.set_examiner(step.actor.name);
  plan.set_comment(comment);
  plan.set_accepted(true);
  return absl::OkStatus();
}

absl::Status Return(ActionPlan& plan, const std::string& comment, const Step& step) {
  RETURN_IF_ERROR(
      Check(plan, kReturnActionPlan,
            {{kOrganizerSide, step.organizer_side}, {kNotAcceptedYet, !plan.accepted()}}));
  plan.set_examiner(step.actor.name);
  plan.set_comment(comment);
  plan.set_state(kReturnActionPlan.to);
  return absl::OkStatus();
}

absl::Status Conclude(ActionPlan& plan, const std::string& comment, const Step& step) {
  const absl::CivilDay today = step.today();
  RETURN_IF_ERROR(Check(plan, kConcludeActionPlan,
                        {{kApplicantSide, step.applicant_side},
                         {kYearEnding, today >= absl::CivilDay(plan.year(), 12, 1)}}));
  plan.set_comment(comment);
  *plan.mutable_conclude_date() = clock::ToDate(today);
  plan.set_state(kConcludeActionPlan.to);
  return absl::OkStatus();
}

}  // namespace qinglian::review
