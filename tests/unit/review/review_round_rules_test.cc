#include "services/review/review_round_rules.h"

#include "gmock/gmock.h"
#include "tests/lib/lifecycle.h"
#include "tests/unit/review/sample.h"

namespace qinglian::review {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using v1::Application;
using v1::ReviewRound;
using v1::Rubric;
using Candidates = std::vector<ReviewRound::Candidate>;

ReviewRound Sample() {
  ReviewRound round = SampleRound(ReviewRound::STATE_PLANNED);
  round.set_proposer("persons/proposer");
  round.add_represented("persons/represented");
  round.set_approver("persons/approver");
  round.add_candidates()->set_application("applications/1");
  *round.mutable_notice_end_date() = clock::ToDate(kToday - 1);
  *round.mutable_submission_end_date() = clock::ToDate(kToday - 1);
  return round;
}

Candidates Listed() {
  Candidates candidates(1);
  candidates[0].set_application("applications/1");
  return candidates;
}

OpenRoundFacts CanOpen() {
  return {.step = Organizer(), .programme_open = true, .panel_at_work = true};
}

Step Reviewer() { return {.actor = {"persons/a"}, .business_now = kNow}; }

absl::Status ApproveFresh(ReviewRound& round, const Candidates& candidates, const Step& step) {
  const std::string approver = round.approver();
  round.clear_approver();
  const absl::Status result = ApproveCandidates(round, candidates, {"persons/shortlister"}, step);
  if (!result.ok()) round.set_approver(approver);
  return result;
}

const NoticeTerm kFiveDays{calendar::Calendar::Embedded(), 5};
const google::type::Date kLater = clock::ToDate(kToday + 7);

TEST(ReviewRoundRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<ReviewRound>(
      Sample(),
      {{kPlanRound, [](ReviewRound& r) { return Plan(r, true, Organizer()); }},
       {kDeclareConflicts,
        [](ReviewRound& r) { return DeclareConflicts(r, {}, false, Reviewer()); }},
       {kOpenRound, [](ReviewRound& r) { return Open(r, SampleRubric(), CanOpen()); }},
       {kExtendSubmissions,
        [](ReviewRound& r) { return ExtendSubmissions(r, kLater, "延期", Organizer()); }},
       {kCloseSubmissions, [](ReviewRound& r) { return CloseSubmissions(r, Organizer()); }},
       {kStartRoundEvaluation, [](ReviewRound& r) { return StartEvaluation(r, {}, Organizer()); }},
       {kLockRoundScores, [](ReviewRound& r) { return LockScores(r, {}, Organizer()); }},
       {kProposeCandidates,
        [](ReviewRound& r) { return ProposeCandidates(r, Listed(), Organizer()); }},
       {kApproveCandidates, [](ReviewRound& r) { return ApproveFresh(r, Listed(), Organizer()); }},
       {kReturnCandidates, [](ReviewRound& r) { return ReturnCandidates(r, "重提", Organizer()); }},
       {kPublishNotice,
        [](ReviewRound& r) { return PublishNotice(r, Listed(), kFiveDays, Organizer()); }},
       {kRenewNotice,
        [](ReviewRound& r) {
          return RenewNotice(r, Listed(), {}, kFiveDays, "名单变更", Organizer());
        }},
       {kEndNotice, [](ReviewRound& r) { return EndNotice(r, Nobody()); }},
       {kDecideRound, [](ReviewRound& r) { return Decide(r, {}, true, "会议", Organizer()); }},
       {kArchiveRound, [](ReviewRound& r) { return Archive(r, {}, Organizer()); }},
       {kCancelRound, [](ReviewRound& r) { return Cancel(r, "停办", Organizer()); }}});
}

TEST(ReviewRoundRules, EveryGuardOfOpeningRefuses) {
  OpenRoundFacts nobody = CanOpen();
  nobody.step = Nobody();
  OpenRoundFacts closed = CanOpen();
  closed.programme_open = false;
  OpenRoundFacts away = CanOpen();
  away.panel_at_work = false;
  Rubric draft = SampleRubric();
  draft.set_state(Rubric::STATE_DRAFT);
  Rubric foreign = SampleRubric();
  foreign.set_programme("programmes/2");
  const auto open = [](const Rubric& rubric, const OpenRoundFacts& facts) {
    return [rubric, facts](ReviewRound& r) { return Open(r, rubric, facts); };
  };
  const Rubric rubric = SampleRubric();
  ExpectGuards<ReviewRound>(Sample(), {{kOpenRound, kOrganizerSide, open(rubric, nobody)},
                                       {kOpenRound, kProgrammeOpen, open(rubric, closed)},
                                       {kOpenRound, kRubricFrozen, open(draft, CanOpen())},
                                       {kOpenRound, kRubricFrozen, open(foreign, CanOpen())},
                                       {kOpenRound, kPanelSuffices, open(rubric, away)}});
  ReviewRound small = Sample();
  small.set_quorum(4);
  ExpectGuards<ReviewRound>(small, {{kOpenRound, kPanelSuffices, open(rubric, CanOpen())}});
  ReviewRound silent = Sample();
  silent.mutable_conflict_declarations()->RemoveLast();
  ExpectGuards<ReviewRound>(silent,
                            {{kOpenRound, kConflictsDeclared, open(rubric, CanOpen())},
                             {kStartRoundEvaluation, kConflictsDeclared,
                              [](ReviewRound& r) { return StartEvaluation(r, {}, Organizer()); }}});
  ReviewRound tied = Sample();
  tied.add_tie_break_indicators("1");
  ExpectGuards<ReviewRound>(tied, {{kOpenRound, kTieBreaksKnown, open(rubric, CanOpen())}});
}

TEST(ReviewRoundRules, EveryGuardUpToTheScoresRefuses) {
  ReviewRound ahead = Sample();
  *ahead.mutable_submission_end_date() = clock::ToDate(kToday);
  ExpectGuards<ReviewRound>(ahead, {{kCloseSubmissions, kSubmissionOver, [](ReviewRound& r) {
                                       return CloseSubmissions(r, Organizer());
                                     }}});
  ExpectGuards<ReviewRound>(
      Sample(),
      {{kPlanRound, kOrganizerSide, [](ReviewRound& r) { return Plan(r, true, Nobody()); }},
       {kPlanRound, kProgrammeOpen, [](ReviewRound& r) { return Plan(r, false, Organizer()); }},
       {kDeclareConflicts, kPanelMember,
        [](ReviewRound& r) { return DeclareConflicts(r, {}, false, Organizer()); }},
       {kDeclareConflicts, kNotScoredAlready,
        [](ReviewRound& r) { return DeclareConflicts(r, {}, true, Reviewer()); }},
       {kExtendSubmissions, kOrganizerSide,
        [](ReviewRound& r) { return ExtendSubmissions(r, kLater, "延期", Nobody()); }},
       {kExtendSubmissions, kLaterDate,
        [](ReviewRound& r) {
          return ExtendSubmissions(r, clock::ToDate(kToday - 1), "延期", Organizer());
        }},
       {kCloseSubmissions, kOrganizerSide,
        [](ReviewRound& r) { return CloseSubmissions(r, Nobody()); }},
       {kStartRoundEvaluation, kOrganizerSide,
        [](ReviewRound& r) { return StartEvaluation(r, {}, Nobody()); }},
       {kStartRoundEvaluation, kDocumentsChecked,
        [](ReviewRound& r) { return StartEvaluation(r, {.unchecked = 1}, Organizer()); }},
       {kLockRoundScores, kOrganizerSide,
        [](ReviewRound& r) { return LockScores(r, {}, Nobody()); }},
       {kLockRoundScores, kAllScored,
        [](ReviewRound& r) { return LockScores(r, {.unscored = 1}, Organizer()); }}});
}

TEST(ReviewRoundRules, ScoresWaitForTheVisitsOnlyWhereTheRoundWantsThem) {
  const auto lock = [](ReviewRound& r) { return LockScores(r, {.unvisited = 1}, Organizer()); };
  ReviewRound visiting = Sample();
  visiting.set_site_visit_required(true);
  ExpectGuards<ReviewRound>(visiting, {{kLockRoundScores, kSiteVisitsDone, lock}});
  ReviewRound other = Sample();
  other.set_state(ReviewRound::STATE_EVALUATING);
  EXPECT_TRUE(lock(other).ok());
}

TEST(ReviewRoundRules, EveryGuardOfCandidatesAndNoticeRefuses) {
  Candidates other(1);
  other[0].set_application("applications/2");
  const Step proposer = Organizer("persons/proposer");
  Step for_proposer = Organizer();
  for_proposer.actor.acting_for = "persons/proposer";
  Step for_shortlister = Organizer();
  for_shortlister.actor.acting_for = "persons/shortlister";
  ExpectGuards<ReviewRound>(
      Sample(),
      {{kProposeCandidates, kOrganizerSide,
        [](ReviewRound& r) { return ProposeCandidates(r, Listed(), Nobody()); }},
       {kProposeCandidates, kCandidatesChosen,
        [](ReviewRound& r) { return ProposeCandidates(r, {}, Organizer()); }},
       {kApproveCandidates, kOrganizerSide,
        [](ReviewRound& r) { return ApproveFresh(r, Listed(), Nobody()); }},
       {kApproveCandidates, kFourEyes,
        [&](ReviewRound& r) { return ApproveFresh(r, Listed(), proposer); }},
       {kApproveCandidates, kFourEyes,
        [&](ReviewRound& r) { return ApproveFresh(r, Listed(), for_proposer); }},
       {kApproveCandidates, kFourEyes,
        [&](ReviewRound& r) { return ApproveFresh(r, Listed(), for_shortlister); }},
       {kApproveCandidates, kFourEyes,
        [](ReviewRound& r) { return ApproveFresh(r, Listed(), Organizer("persons/represented")); }},
       {kApproveCandidates, kFourEyes,
        [&](ReviewRound& r) {
          return ApproveFresh(r, Listed(), Organizer("persons/shortlister"));
        }},
       {kApproveCandidates, kListUnchanged,
        [&](ReviewRound& r) { return ApproveFresh(r, other, Organizer()); }},
       {kApproveCandidates, kNotApprovedYet,
        [](ReviewRound& r) { return ApproveCandidates(r, Listed(), {}, Organizer()); }},
       {kReturnCandidates, kOrganizerSide,
        [](ReviewRound& r) { return ReturnCandidates(r, "重提", Nobody()); }},
       {kReturnCandidates, kFourEyes,
        [&](ReviewRound& r) { return ReturnCandidates(r, "重提", proposer); }},
       {kPublishNotice, kOrganizerSide,
        [](ReviewRound& r) { return PublishNotice(r, Listed(), kFiveDays, Nobody()); }},
       {kPublishNotice, kListUnchanged,
        [&](ReviewRound& r) { return PublishNotice(r, other, kFiveDays, Organizer()); }},
       {kRenewNotice, kOrganizerSide,
        [](ReviewRound& r) { return RenewNotice(r, Listed(), {}, kFiveDays, "变更", Nobody()); }},
       {kRenewNotice, kCandidatesLeft,
        [](ReviewRound& r) { return RenewNotice(r, {}, {}, kFiveDays, "变更", Organizer()); }},
       {kRenewNotice, kFourEyes, [](ReviewRound& r) {
          return RenewNotice(r, Listed(), {"persons/organizer"}, kFiveDays, "变更", Organizer());
        }}});
  ReviewRound unapproved = Sample();
  unapproved.clear_approver();
  ExpectGuards<ReviewRound>(unapproved, {{kPublishNotice, kCandidatesApproved, [](ReviewRound& r) {
                                            return PublishNotice(r, Listed(), kFiveDays,
                                                                 Organizer());
                                          }}});
}

TEST(ReviewRoundRules, EveryGuardOfTheEndRefuses) {
  ReviewRound lasting = Sample();
  *lasting.mutable_notice_end_date() = clock::ToDate(kToday);
  ExpectGuards<ReviewRound>(
      lasting, {{kEndNotice, kNoticeOver, [](ReviewRound& r) { return EndNotice(r, Nobody()); }}});
  ExpectGuards<ReviewRound>(
      Sample(),
      {{kDecideRound, kOrganizerSide,
        [](ReviewRound& r) { return Decide(r, {}, true, "会议", Nobody()); }},
       {kDecideRound, kNoOpenObjection,
        [](ReviewRound& r) {
          return Decide(r, {.open_objections = 1}, true, "会议", Organizer());
        }},
       {kDecideRound, kFourEyes,
        [](ReviewRound& r) { return Decide(r, {}, true, "会议", Organizer("persons/proposer")); }},
       {kDecideRound, kCandidatesLeft,
        [](ReviewRound& r) { return Decide(r, {}, false, "会议", Organizer()); }},
       {kArchiveRound, kOrganizerSide, [](ReviewRound& r) { return Archive(r, {}, Nobody()); }},
       {kArchiveRound, kNothingLeftOpen,
        [](ReviewRound& r) { return Archive(r, {.left_open = 1}, Organizer()); }},
       {kCancelRound, kOrganizerSide, [](ReviewRound& r) { return Cancel(r, "停办", Nobody()); }}});
}

TEST(ReviewRoundRules, ANoticeCountsWorkingDaysFromTheDayAfter) {
  ReviewRound round = Sample();
  round.set_state(ReviewRound::STATE_CANDIDATES_PROPOSED);
  ASSERT_TRUE(PublishNotice(round, Listed(), kFiveDays, Organizer()).ok());
  // Tuesday the 18th: Wednesday to Friday, Monday, Tuesday.
  EXPECT_EQ(*clock::ToDay(round.notice_end_date()), absl::CivilDay(2025, 11, 25));
  EXPECT_FALSE(NoticeOver(round, absl::CivilDay(2025, 11, 25)));
  EXPECT_TRUE(NoticeOver(round, absl::CivilDay(2025, 11, 26)));
  // The week of National Day has none, and the Sunday before it is worked.
  EXPECT_EQ(*NoticeEnd(absl::CivilDay(2025, 9, 25), kFiveDays), absl::CivilDay(2025, 10, 9));
  EXPECT_EQ(status::ReasonOf(NoticeEnd(absl::CivilDay(2999, 1, 1), kFiveDays).status()),
            "CALENDAR_YEAR_MISSING");
}

TEST(ReviewRoundRules, ARenewedNoticeIsAnotherOneAndKeepsTheFirst) {
  ReviewRound round = Sample();
  round.set_state(ReviewRound::STATE_CANDIDATES_PROPOSED);
  ASSERT_TRUE(PublishNotice(round, Listed(), kFiveDays, Organizer()).ok());
  ASSERT_TRUE(
      RenewNotice(round, Listed(), {}, {calendar::Calendar::Embedded(), 6}, "名单变更", Organizer())
          .ok());
  EXPECT_EQ(round.notice_number(), 2);
  ASSERT_EQ(round.notices_size(), 2);
  EXPECT_EQ(round.notices(1).reason(), "名单变更");
  EXPECT_EQ(*clock::ToDay(round.notice_end_date()), absl::CivilDay(2025, 11, 26));
}

TEST(ReviewRoundRules, DeclarationsAreOnlyAddedTo) {
  ReviewRound round = Sample();
  ASSERT_TRUE(DeclareConflicts(round, {"organizations/1"}, false, Reviewer()).ok());
  ASSERT_TRUE(
      DeclareConflicts(round, {"organizations/1", "organizations/2"}, false, Reviewer()).ok());
  ASSERT_EQ(round.conflict_declarations_size(), 3);
  EXPECT_THAT(round.conflict_declarations(0).organizations(),
              testing::ElementsAre("organizations/1", "organizations/2"));
}

TEST(ReviewRoundRules, AUnitBelongsToTheFirstGroupThatAdmitsIt) {
  ReviewRound round;
  auto& courts = *round.add_quota_groups();
  courts.set_code("courts");
  courts.add_kinds("KIND_COURT");
  auto& county = *round.add_quota_groups();
  county.set_code("county");
  county.add_levels("LEVEL_COUNTY");
  EXPECT_EQ(GroupOf(round, "KIND_COURT", "LEVEL_COUNTY")->code(), "courts");
  EXPECT_EQ(GroupOf(round, "KIND_GOVERNMENT", "LEVEL_COUNTY")->code(), "county");
  EXPECT_EQ(GroupOf(round, "KIND_GOVERNMENT", "LEVEL_CITY"), nullptr);
}

TEST(ReviewRoundRules, WhatARoundSaysOfItselfMustAgree) {
  ReviewRound round = SampleRound(ReviewRound::STATE_PLANNED);
  EXPECT_TRUE(CheckConsistency(round).ok());
  *round.mutable_submission_end_date() = clock::ToDate(absl::CivilDay(2025, 10, 31));
  round.set_extremes_from_sheets(2);
  *round.add_quota_groups() = round.quota_groups(0);
  const absl::Status result = CheckConsistency(round);
  EXPECT_TRUE(status::Is(result, status::kFieldsInvalid));
  for (const char* path : {"submission_end_date", "extremes_from_sheets", "quota_groups[1]"}) {
    EXPECT_THAT(status::MetadataOf(result, "fields"), testing::HasSubstr(path));
  }
}

}  // namespace
}  // namespace qinglian::review
