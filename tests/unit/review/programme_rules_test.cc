#include "services/review/programme_rules.h"

#include "services/review/action_plan_rules.h"
#include "tests/lib/lifecycle.h"
#include "tests/unit/review/sample.h"

namespace qinglian::review {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using v1::ActionPlan;
using v1::Programme;

Programme SampleProgramme() {
  Programme programme;
  programme.set_name("programmes/1");
  return programme;
}

TEST(ProgrammeRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Programme>(
      SampleProgramme(),
      {{kOpenProgramme, [](Programme& p) { return Open(p, "启动", Organizer()); }},
       {kCloseProgramme, [](Programme& p) { return Close(p, "停办", false, Organizer()); }},
       {kDeleteProgramme, [](Programme& p) { return CheckDelete(p, false, Organizer()); }}});
}

TEST(ProgrammeRules, EveryGuardRefuses) {
  ExpectGuards<Programme>(
      SampleProgramme(),
      {{kOpenProgramme, kOrganizerSide, [](Programme& p) { return Open(p, "启动", Nobody()); }},
       {kCloseProgramme, kOrganizerSide,
        [](Programme& p) { return Close(p, "停办", false, Nobody()); }},
       {kCloseProgramme, kNoRoundRunning,
        [](Programme& p) { return Close(p, "停办", true, Organizer()); }},
       {kDeleteProgramme, kOrganizerSide,
        [](Programme& p) { return CheckDelete(p, false, Nobody()); }},
       {kDeleteProgramme, kNothingRefers,
        [](Programme& p) { return CheckDelete(p, true, Organizer()); }}});
}

ActionPlan SamplePlan() {
  ActionPlan plan;
  plan.set_name("actionPlans/1");
  plan.set_year(2025);
  plan.set_filer("persons/applicant");
  return plan;
}

Step InDecember() {
  Step step = Applicant();
  step.business_now = clock::StartOf(absl::CivilDay(2025, 12, 1));
  return step;
}

TEST(ActionPlanRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<ActionPlan>(
      SamplePlan(),
      {{kFileActionPlan, [](ActionPlan& p) { return File(p, true, Applicant()); }},
       {kAcceptActionPlan, [](ActionPlan& p) { return Accept(p, "同意", Organizer()); }},
       {kReturnActionPlan, [](ActionPlan& p) { return Return(p, "请细化", Organizer()); }},
       {kConcludeActionPlan, [](ActionPlan& p) { return Conclude(p, "完成", InDecember()); }}});
}

TEST(ActionPlanRules, EveryGuardRefuses) {
  const auto accepted = [](ActionPlan& plan, auto rule) {
    plan.set_accepted(true);
    const absl::Status result = rule(plan, "意见", Organizer());
    plan.set_accepted(false);
    return result;
  };
  ExpectGuards<ActionPlan>(
      SamplePlan(),
      {{kFileActionPlan, kApplicantSide, [](ActionPlan& p) { return File(p, true, Nobody()); }},
       {kFileActionPlan, kProgrammeOpen, [](ActionPlan& p) { return File(p, false, Applicant()); }},
       {kAcceptActionPlan, kOrganizerSide,
        [](ActionPlan& p) { return Accept(p, "同意", Nobody()); }},
       {kAcceptActionPlan, kFourEyes,
        [](ActionPlan& p) { return Accept(p, "同意", Organizer("persons/applicant")); }},
       {kAcceptActionPlan, kNotAcceptedYet, [&](ActionPlan& p) { return accepted(p, Accept); }},
       {kReturnActionPlan, kOrganizerSide,
        [](ActionPlan& p) { return Return(p, "请细化", Nobody()); }},
       {kReturnActionPlan, kNotAcceptedYet, [&](ActionPlan& p) { return accepted(p, Return); }},
       {kConcludeActionPlan, kApplicantSide,
        [](ActionPlan& p) {
          Step step = InDecember();
          step.applicant_side = false;
          return Conclude(p, "完成", step);
        }},
       {kConcludeActionPlan, kYearEnding,
        [](ActionPlan& p) { return Conclude(p, "完成", Applicant()); }}});
}

}  // namespace
}  // namespace qinglian::review
