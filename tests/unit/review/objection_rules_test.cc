#include "services/review/objection_rules.h"

#include "tests/lib/lifecycle.h"
#include "tests/unit/review/sample.h"

namespace qinglian::review {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using v1::Application;
using v1::Objection;
using v1::ReviewRound;

Objection Sample() {
  Objection objection;
  objection.set_name("objections/1");
  objection.set_filer("persons/filer");
  objection.set_objector("persons/objector");
  objection.set_investigator("persons/investigator");
  *objection.mutable_decide_due_date() = clock::ToDate(kToday);
  *objection.mutable_report_time() = clock::ToTimestamp(kNow);
  return objection;
}

Application OnNotice() {
  Application application;
  application.set_name("applications/1");
  application.set_state(Application::STATE_ON_NOTICE);
  return application;
}

ReviewRound Noticed() {
  ReviewRound round = SampleRound(ReviewRound::STATE_ON_NOTICE);
  *round.mutable_notice_start_date() = clock::ToDate(absl::CivilDay(2025, 11, 13));
  *round.mutable_notice_end_date() = clock::ToDate(absl::CivilDay(2025, 11, 20));
  return round;
}

InvestigatorFacts Suitable() { return {.person = "persons/investigator", .at_work = true}; }

TEST(ObjectionRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Objection>(
      Sample(),
      {{kFileObjection, [](Objection& o) { return File(o, OnNotice(), Noticed(), Nobody()); }},
       {kAdmitObjection,
        [](Objection& o) { return Admit(o, calendar::Calendar::Embedded(), Organizer()); }},
       {kDismissObjection, [](Objection& o) { return Dismiss(o, "无事实", Organizer()); }},
       {kInvestigateObjection,
        [](Objection& o) { return Investigate(o, Suitable(), Organizer()); }},
       {kExtendObjection,
        [](Objection& o) {
          return Extend(o, calendar::Calendar::Embedded(), "案情复杂", Organizer());
        }},
       {kReportFindings,
        [](Objection& o) { return ReportFindings(o, "属实", Organizer("persons/investigator")); }},
       {kSustainObjection, [](Objection& o) { return Sustain(o, "属实", Organizer()); }},
       {kRejectObjection, [](Objection& o) { return Reject(o, "不属实", Organizer()); }},
       {kCloseObjection, [](Objection& o) { return Close(o, Organizer()); }},
       {kWithdrawObjection,
        [](Objection& o) { return Withdraw(o, "撤回", Organizer("persons/filer")); }}});
}

TEST(ObjectionRules, EveryGuardRefuses) {
  InvestigatorFacts away = Suitable();
  away.at_work = false;
  InvestigatorFacts scorer = Suitable();
  scorer.on_panel = true;
  InvestigatorFacts colleague = Suitable();
  colleague.of_applicant = true;
  InvestigatorFacts filer = Suitable();
  filer.person = "persons/filer";
  const auto investigate = [](const InvestigatorFacts& facts) {
    return [facts](Objection& o) { return Investigate(o, facts, Organizer()); };
  };
  ExpectGuards<Objection>(
      Sample(), {{kFileObjection, kOnNotice,
                  [](Objection& o) { return File(o, Application(), Noticed(), Nobody()); }},
                 {kAdmitObjection, kOrganizerSide,
                  [](Objection& o) { return Admit(o, calendar::Calendar::Embedded(), Nobody()); }},
                 {kAdmitObjection, kFourEyes,
                  [](Objection& o) {
                    return Admit(o, calendar::Calendar::Embedded(), Organizer("persons/filer"));
                  }},
                 {kDismissObjection, kOrganizerSide,
                  [](Objection& o) { return Dismiss(o, "无事实", Nobody()); }},
                 {kDismissObjection, kFourEyes,
                  [](Objection& o) { return Dismiss(o, "无事实", Organizer("persons/objector")); }},
                 {kInvestigateObjection, kOrganizerSide,
                  [](Objection& o) { return Investigate(o, Suitable(), Nobody()); }},
                 {kInvestigateObjection, kInvestigatorAtWork, investigate(away)},
                 {kInvestigateObjection, kInvestigatorNotOnPanel, investigate(scorer)},
                 {kInvestigateObjection, kInvestigatorNotInvolved, investigate(colleague)},
                 {kInvestigateObjection, kInvestigatorNotInvolved, investigate(filer)},
                 {kReportFindings, kCallerInvestigates,
                  [](Objection& o) { return ReportFindings(o, "属实", Organizer()); }},
                 {kCloseObjection, kOrganizerSide, [](Objection& o) { return Close(o, Nobody()); }},
                 {kWithdrawObjection, kCallerFiled,
                  [](Objection& o) { return Withdraw(o, "撤回", Organizer()); }}});
  Objection nameless = Sample();
  nameless.clear_objector();
  ExpectGuards<Objection>(nameless, {{kAdmitObjection, kRealName, [](Objection& o) {
                                        return Admit(o, calendar::Calendar::Embedded(),
                                                     Organizer());
                                      }}});
}

TEST(ObjectionRules, WhoItWasFiledForNeitherInvestigatesNorDecidesAndMayWithdrawIt) {
  Objection objection = Sample();
  objection.add_represented("persons/represented");
  InvestigatorFacts represented = Suitable();
  represented.person = "persons/represented";
  Step for_investigator = Organizer("persons/investigator");
  for_investigator.actor.acting_for = "persons/other";
  ExpectGuards<Objection>(
      objection, {{kInvestigateObjection, kInvestigatorNotInvolved,
                   [&](Objection& o) { return Investigate(o, represented, Organizer()); }},
                  {kReportFindings, kCallerInvestigates,
                   [&](Objection& o) { return ReportFindings(o, "属实", for_investigator); }},
                  {kSustainObjection, kFourEyes, [](Objection& o) {
                     return Sustain(o, "属实", Organizer("persons/represented"));
                   }}});
  objection.set_state(Objection::STATE_FILED);
  EXPECT_TRUE(Withdraw(objection, "撤回", Organizer("persons/represented")).ok());
}

TEST(ObjectionRules, EveryGuardOfTheExtensionRefuses) {
  const auto by = [](const Step& step) {
    return [step](Objection& o) {
      return Extend(o, calendar::Calendar::Embedded(), "案情复杂", step);
    };
  };
  ExpectGuards<Objection>(Sample(),
                          {{kExtendObjection, kOrganizerSide, by(Nobody())},
                           {kExtendObjection, kFourEyes, by(Organizer("persons/filer"))},
                           {kExtendObjection, kFourEyes, by(Organizer("persons/objector"))}});
  Objection extended = Sample();
  extended.mutable_extension()->set_reason("案情复杂");
  ExpectGuards<Objection>(extended, {{kExtendObjection, kNotExtendedYet, by(Organizer())}});
  Objection late = Sample();
  *late.mutable_decide_due_date() = clock::ToDate(kToday - 1);
  ExpectGuards<Objection>(late, {{kExtendObjection, kBeforeDue, by(Organizer())}});
}

TEST(ObjectionRules, WhoInvestigatedOrFiledDoesNotDecideAndNobodyDecidesWithoutFindings) {
  Objection unreported = Sample();
  unreported.clear_report_time();
  for (const auto& [transition, decide] :
       {std::pair{kSustainObjection, &Sustain}, std::pair{kRejectObjection, &Reject}}) {
    const auto by = [decide = decide](const Step& step) {
      return [=](Objection& o) { return decide(o, "理由", step); };
    };
    ExpectGuards<Objection>(Sample(),
                            {{transition, kOrganizerSide, by(Nobody())},
                             {transition, kFourEyes, by(Organizer("persons/investigator"))},
                             {transition, kFourEyes, by(Organizer("persons/filer"))}});
    ExpectGuards<Objection>(unreported, {{transition, kFindingsReported, by(Organizer())}});
  }
}

TEST(ObjectionRules, OneObjectsInTheWindowOfTheNoticeOnly) {
  for (const auto& [day, allowed] : {std::pair{absl::CivilDay(2025, 11, 12), false},
                                     std::pair{absl::CivilDay(2025, 11, 13), true},
                                     std::pair{absl::CivilDay(2025, 11, 20), true},
                                     std::pair{absl::CivilDay(2025, 11, 21), false}}) {
    Objection objection;
    Step step = Nobody();
    step.business_now = clock::StartOf(day) + absl::Hours(23);
    const absl::Status result = File(objection, OnNotice(), Noticed(), step);
    EXPECT_EQ(result.ok(), allowed) << day;
    if (!allowed) {
      EXPECT_EQ(status::MetadataOf(result, "end"), "2025-11-20");
    }
  }
}

TEST(ObjectionRules, AnAdmittedOneIsDecidedInTenWorkingDays) {
  Objection objection = Sample();
  objection.set_state(Objection::STATE_FILED);
  ASSERT_TRUE(Admit(objection, calendar::Calendar::Embedded(), Organizer()).ok());
  EXPECT_EQ(*clock::ToDay(objection.decide_due_date()), absl::CivilDay(2025, 12, 2));
}

TEST(ObjectionRules,
     AnExtendedOneIsDecidedInThirtyWorkingDaysFromItsAdmissionWheneverItWasExtended) {
  for (const absl::CivilDay day : {kToday, absl::CivilDay(2025, 12, 2)}) {
    Objection objection = Sample();
    objection.set_state(Objection::STATE_FILED);
    ASSERT_TRUE(Admit(objection, calendar::Calendar::Embedded(), Organizer()).ok());
    Step step = Organizer("persons/extender");
    step.business_now = clock::StartOf(day) + absl::Hours(23);
    ASSERT_TRUE(Extend(objection, calendar::Calendar::Embedded(), "案情复杂", step).ok());
    EXPECT_EQ(*clock::ToDay(objection.decide_due_date()), absl::CivilDay(2025, 12, 30));
    EXPECT_EQ(*clock::ToDay(objection.extension().previous_due_date()),
              absl::CivilDay(2025, 12, 2));
    EXPECT_EQ(objection.extension().extender(), "persons/extender");
    EXPECT_EQ(*clock::ToTime(objection.extension().extend_time()), step.business_now);
  }
}

TEST(ObjectionRules, WithoutAWorkingDayCalendarNothingIsExtended) {
  Objection objection = Sample();
  objection.set_state(Objection::STATE_ADMITTED);
  *objection.mutable_decide_due_date() = clock::ToDate(absl::CivilDay(2999, 1, 1));
  EXPECT_EQ(
      status::ReasonOf(Extend(objection, calendar::Calendar::Embedded(), "案情复杂", Organizer())),
      "CALENDAR_YEAR_MISSING");
  EXPECT_FALSE(objection.has_extension());
}

}  // namespace
}  // namespace qinglian::review
