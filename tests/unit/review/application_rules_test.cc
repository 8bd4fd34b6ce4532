#include "services/review/application_rules.h"

#include "gmock/gmock.h"
#include "tests/lib/lifecycle.h"
#include "tests/unit/review/sample.h"

namespace qinglian::review {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using v1::Application;
using v1::Programme;
using v1::ReviewRound;
using v1::Rubric;

Application Sample() {
  Application application;
  application.set_name("applications/1");
  application.set_drafter("persons/applicant");
  application.set_submitter("persons/applicant");
  *application.mutable_supplement_due_date() = clock::ToDate(kToday);
  *application.mutable_first_submit_time() = clock::ToTimestamp(kNow - absl::Hours(24));
  application.set_organization("organizations/1");
  for (const char* code : {"1.1", "1.2", "2", "3"}) {
    auto& entry = *application.add_self_assessments();
    entry.set_indicator(code);
    entry.set_grounds("已完成");
  }
  application.mutable_self_assessments(2)->add_evidence_digests(std::string(64, 'a'));
  return application;
}

Programme WithVetoes() {
  Programme programme;
  programme.add_veto_conditions(Programme::VETO_CONDITION_OPEN_SERIOUS_CASE);
  programme.add_veto_conditions(Programme::VETO_CONDITION_OVERDUE_RECTIFICATION);
  return programme;
}

SubmitApplicationFacts CanSubmit() {
  return {.step = Applicant(),
          .quota_group = "county",
          .action_plan = "actionPlans/1",
          .prerequisite_met = true};
}

ShortlistFacts CanShortlist() {
  return {.step = Organizer(), .supervision = {}, .better_ones_decided = true, .place_left = true};
}

ReviewRound Decided() {
  ReviewRound round = SampleRound(ReviewRound::STATE_DECIDED);
  round.set_proposer("persons/proposer");
  *round.mutable_notice_end_date() = clock::ToDate(kToday - 1);
  return round;
}

ConferApplicationFacts CanConfer() { return {.step = Organizer(), .supervision = {}}; }

Application::Score ThreeSheets() {
  Application::Score score;
  score.set_sheets(3);
  score.set_centipoints(8600);
  return score;
}

Application::SiteVisit VisitOn(absl::CivilDay day) {
  Application::SiteVisit visit;
  *visit.mutable_visit_date() = clock::ToDate(day);
  visit.set_kind(Application::SiteVisit::KIND_ON_SITE);
  visit.add_visitors("persons/a");
  visit.add_visitors("persons/visitor");
  visit.set_summary("属实");
  return visit;
}

absl::Status SubmitWith(Application& a, const SubmitApplicationFacts& facts) {
  return Submit(a, SampleRound(ReviewRound::STATE_OPEN), SampleRubric(), facts);
}

absl::Status ShortlistWith(Application& a, const ShortlistFacts& facts) {
  return Shortlist(a, SampleRound(ReviewRound::STATE_SCORES_LOCKED), WithVetoes(), facts);
}

absl::Status DisqualifyWith(Application& a, const Step& step) {
  return Disqualify(a, Application::DISQUALIFICATION_REASON_FALSE_STATEMENT, "", "材料虚假", step);
}

const auto kOpen = ReviewRound::STATE_OPEN;
const auto kRanked = ReviewRound::STATE_SCORES_LOCKED;

TEST(ApplicationRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Application>(
      Sample(),
      {{kDraftApplication,
        [](Application& a) { return Draft(a, SampleRound(kOpen), Applicant()); }},
       {kSubmitApplication, [](Application& a) { return SubmitWith(a, CanSubmit()); }},
       {kRequestSupplement,
        [](Application& a) {
          return RequestSupplement(a, "补盖章", clock::ToDate(kToday + 1), Organizer());
        }},
       {kResubmitApplication,
        [](Application& a) { return Resubmit(a, SampleRubric(), Applicant()); }},
       {kLapseApplication, [](Application& a) { return Lapse(a, kToday + 1); }},
       {kAcceptApplication, [](Application& a) { return Accept(a, "材料齐全", Organizer()); }},
       {kRefuseApplication, [](Application& a) { return Refuse(a, "不符合", Organizer()); }},
       {kStartEvaluation,
        [](Application& a) {
          return StartEvaluation(a, SampleRound(ReviewRound::STATE_EVALUATING), Organizer());
        }},
       {kRecordSiteVisit,
        [](Application& a) {
          return RecordSiteVisit(a, SampleRound(ReviewRound::STATE_EVALUATING), VisitOn(kToday),
                                 {.step = Organizer()});
        }},
       {kLockApplicationScores,
        [](Application& a) {
          return LockScores(a, SampleRound(ReviewRound::STATE_EVALUATING), ThreeSheets(),
                            Organizer());
        }},
       {kPlaceApplication, [](Application& a) { return Place(a, 1); }},
       {kShortlistApplication, [](Application& a) { return ShortlistWith(a, CanShortlist()); }},
       {kPassOverApplication,
        [](Application& a) { return PassOver(a, SampleRound(kRanked), "名额已满", Organizer()); }},
       {kPublishApplication, [](Application& a) { return Publish(a); }},
       {kConferApplication,
        [](Application& a) { return Confer(a, Decided(), WithVetoes(), CanConfer()); }},
       {kWithdrawApplication, [](Application& a) { return Withdraw(a, "撤回", Applicant()); }},
       {kDisqualifyApplication, [](Application& a) { return DisqualifyWith(a, Organizer()); }},
       {kEndWithRound, [](Application& a) { return EndWithRound(a, "停办", kToday); }}});
}

TEST(ApplicationRules, EveryGuardOfTheSubmissionRefuses) {
  const auto without = [](const std::function<void(SubmitApplicationFacts&)>& change) {
    SubmitApplicationFacts facts = CanSubmit();
    change(facts);
    return [facts](Application& a) { return SubmitWith(a, facts); };
  };
  Rubric draft = SampleRubric();
  draft.set_state(Rubric::STATE_DRAFT);
  ExpectGuards<Application>(
      Sample(),
      {{kDraftApplication, kApplicantSide,
        [](Application& a) { return Draft(a, SampleRound(kOpen), Nobody()); }},
       {kDraftApplication, kRoundOpen,
        [](Application& a) { return Draft(a, SampleRound(kRanked), Applicant()); }},
       {kSubmitApplication, kApplicantSide,
        without([](SubmitApplicationFacts& f) { f.step = Nobody(); })},
       {kSubmitApplication, kRoundOpen,
        [](Application& a) {
          return Submit(a, SampleRound(ReviewRound::STATE_SUBMISSION_CLOSED), SampleRubric(),
                        CanSubmit());
        }},
       {kSubmitApplication, kAdmittedByGroup,
        without([](SubmitApplicationFacts& f) { f.quota_group.clear(); })},
       {kSubmitApplication, kPlanFiled,
        without([](SubmitApplicationFacts& f) { f.action_plan.clear(); })},
       {kSubmitApplication, kSelfAssessmentComplete,
        [&](Application& a) { return Submit(a, SampleRound(kOpen), draft, CanSubmit()); }},
       {kSubmitApplication, kPrerequisiteTitle,
        without([](SubmitApplicationFacts& f) { f.prerequisite_met = false; })},
       {kResubmitApplication, kApplicantSide,
        [](Application& a) { return Resubmit(a, SampleRubric(), Nobody()); }},
       {kResubmitApplication, kSelfAssessmentComplete,
        [&](Application& a) { return Resubmit(a, draft, Applicant()); }},
       {kLapseApplication, kSupplementMissed, [](Application& a) { return Lapse(a, kToday); }}});
}

TEST(ApplicationRules, ASelfAssessmentAnswersEveryIndicatorWithinItsPointsAndWithItsEvidence) {
  const auto refused = [](const std::function<void(Application&)>& change) {
    Application application = Sample();
    application.set_state(Application::STATE_DRAFT);
    change(application);
    return status::MetadataOf(SubmitWith(application, CanSubmit()), "guard");
  };
  EXPECT_EQ(refused([](Application&) {}), "");
  const std::string guard(kSelfAssessmentComplete.name);
  EXPECT_EQ(refused([](Application& a) { a.mutable_self_assessments()->RemoveLast(); }), guard);
  EXPECT_EQ(refused([](Application& a) { *a.add_self_assessments() = a.self_assessments(0); }),
            guard);
  EXPECT_EQ(refused([](Application& a) { a.mutable_self_assessments(0)->set_centipoints(4001); }),
            guard);
  EXPECT_EQ(
      refused([](Application& a) { a.mutable_self_assessments(2)->clear_evidence_digests(); }),
      guard);
}

TEST(ApplicationRules, WhatIsLateIsRefusedWithItsWindow) {
  for (const auto& [day, allowed] :
       {std::pair{absl::CivilDay(2025, 10, 31), false},
        std::pair{absl::CivilDay(2025, 11, 1), true}, std::pair{absl::CivilDay(2025, 11, 20), true},
        std::pair{absl::CivilDay(2025, 11, 21), false}}) {
    Application application = Sample();
    application.set_state(Application::STATE_DRAFT);
    SubmitApplicationFacts facts = CanSubmit();
    facts.step.business_now = clock::StartOf(day) + absl::Hours(23);
    const absl::Status result = SubmitWith(application, facts);
    EXPECT_EQ(result.ok(), allowed) << day << ": " << result;
    if (allowed) continue;
    EXPECT_EQ(result.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(status::Is(result, status::kWindowClosed));
    EXPECT_EQ(status::MetadataOf(result, "start"), "2025-11-01");
    EXPECT_EQ(status::MetadataOf(result, "end"), "2025-11-20");
  }
}

TEST(ApplicationRules, ASupplementAfterItsDayIsRefused) {
  Application application = Sample();
  application.set_state(Application::STATE_SUPPLEMENT_REQUESTED);
  Step late = Applicant();
  late.business_now = clock::StartOf(kToday + 1);
  EXPECT_TRUE(status::Is(Resubmit(application, SampleRubric(), late), status::kWindowClosed));
}

TEST(ApplicationRules, EveryGuardOfTheCheckAndTheScoringRefuses) {
  Application::Score two = ThreeSheets();
  two.set_sheets(2);
  const ReviewRound evaluating = SampleRound(ReviewRound::STATE_EVALUATING);
  ExpectGuards<Application>(
      Sample(),
      {{kRequestSupplement, kOrganizerSide,
        [](Application& a) {
          return RequestSupplement(a, "补盖章", clock::ToDate(kToday + 1), Nobody());
        }},
       {kRequestSupplement, kDateAhead,
        [](Application& a) {
          return RequestSupplement(a, "补盖章", clock::ToDate(kToday), Organizer());
        }},
       {kAcceptApplication, kOrganizerSide,
        [](Application& a) { return Accept(a, "齐全", Nobody()); }},
       {kAcceptApplication, kFourEyes,
        [](Application& a) { return Accept(a, "齐全", Organizer("persons/applicant")); }},
       {kRefuseApplication, kOrganizerSide,
        [](Application& a) { return Refuse(a, "不符合", Nobody()); }},
       {kRefuseApplication, kFourEyes,
        [](Application& a) { return Refuse(a, "不符合", Organizer("persons/applicant")); }},
       {kStartEvaluation, kOrganizerSide,
        [&](Application& a) { return StartEvaluation(a, evaluating, Nobody()); }},
       {kStartEvaluation, kRoundEvaluating,
        [](Application& a) { return StartEvaluation(a, SampleRound(kRanked), Organizer()); }},
       {kLockApplicationScores, kOrganizerSide,
        [&](Application& a) { return LockScores(a, evaluating, ThreeSheets(), Nobody()); }},
       {kLockApplicationScores, kQuorumReached,
        [&](Application& a) { return LockScores(a, evaluating, two, Organizer()); }}});
}

TEST(ApplicationRules, EveryGuardOfTheSiteVisitRefuses) {
  const ReviewRound evaluating = SampleRound(ReviewRound::STATE_EVALUATING);
  ReviewRound conflicted = evaluating;
  conflicted.mutable_conflict_declarations(0)->add_organizations("organizations/1");
  ReviewRound visiting = evaluating;
  visiting.set_site_visit_required(true);
  const auto record = [](const ReviewRound& round, absl::CivilDay day,
                         const SiteVisitFacts& facts) {
    return [=](Application& a) { return RecordSiteVisit(a, round, VisitOn(day), facts); };
  };
  const SiteVisitFacts fit{.step = Organizer()};
  ExpectGuards<Application>(
      Sample(), {{kRecordSiteVisit, kOrganizerSide, record(evaluating, kToday, {.step = Nobody()})},
                 {kRecordSiteVisit, kVisitMade, record(evaluating, kToday + 1, fit)},
                 {kRecordSiteVisit, kVisitMade, record(evaluating, kToday - 2, fit)},
                 {kRecordSiteVisit, kVisitorsNotInvolved,
                  record(evaluating, kToday, {.step = Organizer(), .visitor_of_applicant = true})},
                 {kRecordSiteVisit, kVisitorsNotInvolved, record(conflicted, kToday, fit)},
                 {kLockApplicationScores, kSiteVisited, [&](Application& a) {
                    return LockScores(a, visiting, ThreeSheets(), Organizer());
                  }}});
}

TEST(ApplicationRules, AVisitIsKeptWithWhoRecordedItAndTheLatestDayCounts) {
  Application application = Sample();
  application.set_state(Application::STATE_UNDER_EVALUATION);
  ReviewRound visiting = SampleRound(ReviewRound::STATE_EVALUATING);
  visiting.set_site_visit_required(true);
  for (const absl::CivilDay day : {kToday, kToday - 1}) {
    ASSERT_TRUE(RecordSiteVisit(application, visiting, VisitOn(day), {.step = Organizer()}).ok());
  }
  ASSERT_EQ(application.site_visits_size(), 2);
  EXPECT_EQ(application.site_visits(0).recorder(), "persons/organizer");
  EXPECT_EQ(*clock::ToTime(application.site_visits(0).record_time()), kNow);
  EXPECT_EQ(*clock::ToDay(application.site_visits(1).visit_date()), kToday - 1);
  EXPECT_EQ(*clock::ToDay(application.last_visit_date()), kToday);
  EXPECT_TRUE(LockScores(application, visiting, ThreeSheets(), Organizer()).ok());
}

TEST(ApplicationRules, EveryGuardOfTheShortListRefuses) {
  const auto without = [](const std::function<void(ShortlistFacts&)>& change) {
    ShortlistFacts facts = CanShortlist();
    change(facts);
    return [facts](Application& a) { return ShortlistWith(a, facts); };
  };
  Application barred = Sample();
  barred.mutable_score()->add_vetoes("3");
  ExpectGuards<Application>(barred, {{kShortlistApplication, kNotBarred, [](Application& a) {
                                        return ShortlistWith(a, CanShortlist());
                                      }}});
  ExpectGuards<Application>(
      Sample(),
      {{kShortlistApplication, kOrganizerSide,
        without([](ShortlistFacts& f) { f.step = Nobody(); })},
       {kShortlistApplication, kRoundRanked,
        [](Application& a) {
          return Shortlist(a, SampleRound(ReviewRound::STATE_CANDIDATES_PROPOSED), WithVetoes(),
                           CanShortlist());
        }},
       {kShortlistApplication, kNoVetoCondition,
        without([](ShortlistFacts& f) { f.supervision.open_serious_cases = 1; })},
       {kShortlistApplication, kNoVetoCondition,
        without([](ShortlistFacts& f) { f.supervision.overdue_items = 1; })},
       {kShortlistApplication, kBetterOnesDecided,
        without([](ShortlistFacts& f) { f.better_ones_decided = false; })},
       {kShortlistApplication, kQuotaLeft,
        without([](ShortlistFacts& f) { f.place_left = false; })},
       {kPassOverApplication, kOrganizerSide,
        [](Application& a) { return PassOver(a, SampleRound(kRanked), "名额已满", Nobody()); }},
       {kPassOverApplication, kRoundRanked, [](Application& a) {
          return PassOver(a, SampleRound(ReviewRound::STATE_EVALUATING), "名额已满", Organizer());
        }}});
}

TEST(ApplicationRules, AConditionThatTheProgrammeDoesNotNameBarsNobody) {
  EXPECT_FALSE(Vetoed(Programme(), {.open_serious_cases = 1, .overdue_items = 1, .digest = {}}));
  EXPECT_FALSE(Vetoed(WithVetoes(), {}));
}

TEST(ApplicationRules, EveryGuardOfTheNamingRefuses) {
  ReviewRound undecided = Decided();
  undecided.set_state(ReviewRound::STATE_NOTICE_ENDED);
  ReviewRound lasting = Decided();
  *lasting.mutable_notice_end_date() = clock::ToDate(kToday);
  const auto confer = [](const ReviewRound& round, const ConferApplicationFacts& facts) {
    return [round, facts](Application& a) { return Confer(a, round, WithVetoes(), facts); };
  };
  ConferApplicationFacts nobody = CanConfer();
  nobody.step = Nobody();
  ConferApplicationFacts objected = CanConfer();
  objected.open_objection = true;
  ConferApplicationFacts vetoed = CanConfer();
  vetoed.supervision.open_serious_cases = 1;
  ConferApplicationFacts proposer = CanConfer();
  proposer.step = Organizer("persons/proposer");
  ExpectGuards<Application>(
      Sample(), {{kConferApplication, kOrganizerSide, confer(Decided(), nobody)},
                 {kConferApplication, kRoundDecided, confer(undecided, CanConfer())},
                 {kConferApplication, kNoticeOver, confer(lasting, CanConfer())},
                 {kConferApplication, kNoOpenObjection, confer(Decided(), objected)},
                 {kConferApplication, kNoVetoCondition, confer(Decided(), vetoed)},
                 {kConferApplication, kFourEyes, confer(Decided(), proposer)},
                 {kWithdrawApplication, kApplicantSide,
                  [](Application& a) { return Withdraw(a, "撤回", Organizer()); }},
                 {kDisqualifyApplication, kOrganizerSide,
                  [](Application& a) { return DisqualifyWith(a, Nobody()); }},
                 {kDisqualifyApplication, kReasonCodeGiven, [](Application& a) {
                    return Disqualify(a, Application::DISQUALIFICATION_REASON_UNSPECIFIED, "",
                                      "其他", Organizer());
                  }}});
}

TEST(ApplicationRules, WhatWasKnownOfSupervisionIsKeptWithTheStep) {
  Application application = Sample();
  application.set_state(Application::STATE_SCORED);
  ShortlistFacts facts = CanShortlist();
  facts.supervision.digest = "digest";
  ASSERT_TRUE(ShortlistWith(application, facts).ok());
  ASSERT_EQ(application.supervision_checks_size(), 1);
  EXPECT_EQ(application.supervision_checks(0).step(), "shortlist");
  EXPECT_EQ(application.supervision_checks(0).facts_digest(), "digest");
  EXPECT_EQ(application.shortlister(), "persons/organizer");
}

}  // namespace
}  // namespace qinglian::review
