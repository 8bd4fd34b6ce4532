#include "services/supervision/supervision_case_rules.h"

#include "tests/lib/lifecycle.h"

namespace qinglian::supervision {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using lifecycle::GuardRow;
using v1::SupervisionCase;

using Decision = SupervisionCase::Decision;
using Opinion = SupervisionCase::Opinion;

constexpr CaseItems kEnded{.since_decision = 2, .open = 0};

// Tuesday, 4 March 2025.
Step By(std::string actor) {
  return {.actor = {std::move(actor)},
          .business_now = clock::StartOf(absl::CivilDay(2025, 3, 4)) + absl::Hours(9)};
}

Digests Of(std::string_view digest) {
  Digests digests;
  *digests.Add() = std::string(digest);
  return digests;
}

SupervisionCase Sample() {
  SupervisionCase the_case;
  the_case.set_name("cases/1");
  the_case.set_organization("organizations/handling");
  the_case.set_subject_organization("organizations/subject");
  the_case.set_subject_person("persons/subject");
  the_case.set_category("caseCategories/bureaucracy");
  the_case.add_evidence_digests("old");
  the_case.add_handlers("persons/handler");
  *the_case.mutable_accept_date() = clock::ToDate(absl::CivilDay(2025, 3, 3));
  the_case.add_opinions()->set_submitter("persons/handler");
  the_case.mutable_opinions(0)->set_acting_for("persons/on-leave");
  the_case.add_closures()->set_requester("persons/requester");
  *the_case.mutable_close_date() = clock::ToDate(absl::CivilDay(2025, 3, 4));
  return the_case;
}

AcceptCaseFacts AcceptMet() {
  return {.step = By("persons/clerk"), .handling_known = true, .subject_known = true};
}

UpdateCaseFacts EditMet() {
  return {.step = By("persons/clerk"), .category_in_use = true, .evidence_stored = true};
}

Decision Decided(bool rectification = true) {
  Decision decision;
  decision.set_body("机关纪委委员会议");
  *decision.mutable_meeting_date() = clock::ToDate(absl::CivilDay(2025, 3, 4));
  decision.set_members(7);
  decision.set_members_present(6);
  decision.set_votes_for(5);
  decision.set_votes_against(1);
  decision.set_disposition(SupervisionCase::DISPOSITION_FIRST_FORM);
  decision.set_severity(SupervisionCase::SEVERITY_SERIOUS);
  decision.set_rectification_ordered(rectification);
  return decision;
}

Digests Handlers(std::string_view person) { return Of(person); }

TEST(SupervisionCaseRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<SupervisionCase>(
      Sample(),
      {{kAcceptCase, [](SupervisionCase& c) { return Accept(c, AcceptMet()); }},
       {kDeclineCase,
        [](SupervisionCase& c) { return Decline(c, "不属于受理范围", By("persons/clerk")); }},
       {kAssignCase,
        [](SupervisionCase& c) {
          return Assign(c, Handlers("persons/other"), true, By("persons/clerk"));
        }},
       {kSubmitOpinion,
        [](SupervisionCase& c) {
          return SubmitOpinion(c, Opinion(), true, By("persons/handler"));
        }},
       {kDecideCase,
        [](SupervisionCase& c) { return Decide(c, Decided(), true, By("persons/secretary")); }},
       {kReturnCase,
        [](SupervisionCase& c) { return Return(c, "事实不清", By("persons/secretary")); }},
       {kRequestClosure,
        [](SupervisionCase& c) {
          return RequestClosure(c, "整改完成", kEnded, By("persons/handler"));
        }},
       {kCloseCase,
        [](SupervisionCase& c) { return Close(c, "同意", kEnded, By("persons/leader")); }},
       {kReopenCase, [](SupervisionCase& c) {
          return Reopen(c, "新证据", Of("new"), true, By("persons/leader"));
        }}});
}

TEST(SupervisionCaseRules, OnlyACaseNotYetDecidedIsEdited) {
  for (int i = 1; i < SupervisionCase::State_ARRAYSIZE; ++i) {
    SupervisionCase before = Sample();
    before.set_state(static_cast<SupervisionCase::State>(i));
    const absl::Status result = CheckUpdate(before, before, EditMet());
    EXPECT_EQ(result.ok(), kUpdateCase.Leaves(before.state())) << result;
  }
}

TEST(SupervisionCaseRules, ASeverityThatWasDecidedChangesByAnotherDecisionOnly) {
  SupervisionCase before = Sample();
  before.set_state(SupervisionCase::STATE_IN_HANDLING);
  before.set_severity(SupervisionCase::SEVERITY_ORDINARY);
  SupervisionCase after = before;
  after.set_severity(SupervisionCase::SEVERITY_SERIOUS);
  EXPECT_TRUE(CheckUpdate(before, after, EditMet()).ok());
  before.add_decisions();
  after.add_decisions();
  EXPECT_EQ(status::MetadataOf(CheckUpdate(before, after, EditMet()), "guard"),
            kDecidedSeverityStands.name);
}

TEST(SupervisionCaseRules, WhoEverSubmittedAnOpinionNeitherDecidesNorReturnsNorCloses) {
  SupervisionCase sample = Sample();
  sample.mutable_opinions(0)->set_submitter("persons/former");
  sample.add_opinions()->set_submitter("persons/handler");
  const Step former = By("persons/former");
  ExpectGuards<SupervisionCase>(
      sample,
      {{kDecideCase, kFourEyes,
        [&](SupervisionCase& c) { return Decide(c, Decided(), true, former); }},
       {kReturnCase, kFourEyes, [&](SupervisionCase& c) { return Return(c, "事实不清", former); }},
       {kCloseCase, kFourEyes,
        [&](SupervisionCase& c) { return Close(c, "同意", kEnded, former); }}});
}

TEST(SupervisionCaseRules, EveryGuardOfAcceptingRefuses) {
  const auto row = [](const status::Guard& guard, void (*spoil)(AcceptCaseFacts&)) {
    AcceptCaseFacts facts = AcceptMet();
    spoil(facts);
    return GuardRow<SupervisionCase>{kAcceptCase, guard,
                                     [facts](SupervisionCase& c) { return Accept(c, facts); }};
  };
  using F = AcceptCaseFacts;
  ExpectGuards<SupervisionCase>(
      Sample(), {row(kActorNotSubject, [](F& f) { f.step.actor = {"persons/subject"}; }),
                 row(kHandlingOrganizationKnown, [](F& f) { f.handling_known = false; }),
                 row(kSubjectOrganizationKnown, [](F& f) { f.subject_known = false; }),
                 row(kJurisdiction, [](F& f) { f.handling_below_subject = true; }),
                 row(kNotOwnHead, [](F& f) { f.subject_heads_handling = true; })});
}

TEST(SupervisionCaseRules, EveryGuardOfHandlingRefuses) {
  ExpectGuards<SupervisionCase>(
      Sample(),
      {{kDeclineCase, kActorNotSubject,
        [](SupervisionCase& c) { return Decline(c, "理由", By("persons/subject")); }},
       {kAssignCase, kActorNotSubject,
        [](SupervisionCase& c) {
          return Assign(c, Handlers("persons/other"), true, By("persons/subject"));
        }},
       {kAssignCase, kHandlerNotSubject,
        [](SupervisionCase& c) {
          return Assign(c, Handlers("persons/subject"), true, By("persons/clerk"));
        }},
       {kAssignCase, kHandlersAtWork,
        [](SupervisionCase& c) {
          return Assign(c, Handlers("persons/other"), false, By("persons/clerk"));
        }},
       {kSubmitOpinion, kActorIsHandler,
        [](SupervisionCase& c) { return SubmitOpinion(c, Opinion(), true, By("persons/clerk")); }},
       {kSubmitOpinion, kEvidenceStored,
        [](SupervisionCase& c) {
          return SubmitOpinion(c, Opinion(), false, By("persons/handler"));
        }},
       {kReturnCase, kFourEyes,
        [](SupervisionCase& c) { return Return(c, "理由", By("persons/handler")); }},
       {kReturnCase, kActorNotSubject,
        [](SupervisionCase& c) { return Return(c, "理由", By("persons/subject")); }}});
}

TEST(SupervisionCaseRules, EveryGuardOfDecidingRefuses) {
  const auto row = [](const status::Guard& guard, void (*spoil)(Decision&, Step&),
                      bool evidence_stored = true) {
    Decision decision = Decided();
    Step step = By("persons/secretary");
    spoil(decision, step);
    return GuardRow<SupervisionCase>{kDecideCase, guard, [=](SupervisionCase& c) {
                                       return Decide(c, decision, evidence_stored, step);
                                     }};
  };
  ExpectGuards<SupervisionCase>(
      Sample(),
      {row(kFourEyes, [](Decision&, Step& s) { s.actor = {"persons/handler"}; }),
       row(kFourEyes, [](Decision&, Step& s) { s.actor.acting_for = "persons/handler"; }),
       row(kFourEyes, [](Decision&, Step& s) { s.actor = {"persons/on-leave"}; }),
       row(kActorNotSubject, [](Decision&, Step& s) { s.actor.acting_for = "persons/subject"; }),
       row(kActorNotSubject, [](Decision&, Step& s) { s.actor = {"persons/subject"}; }),
       row(kMeetingHeld, [](Decision& d, Step&) { d.mutable_meeting_date()->set_day(2); }),
       row(kMeetingHeld, [](Decision& d, Step&) { d.mutable_meeting_date()->set_day(5); }),
       row(kVotesAddUp, [](Decision& d, Step&) { d.set_votes_abstained(1); }),
       row(kVotesAddUp, [](Decision& d, Step&) { d.set_members(5); }),
       row(kQuorum, [](Decision& d, Step&) { d.set_members(12); }),
       row(kMajority, [](Decision& d, Step&) { d.set_members(10); }),
       row(
           kEvidenceStored, [](Decision&, Step&) {}, false),
       row(kNothingToRectify,
           [](Decision& d, Step&) { d.set_disposition(SupervisionCase::DISPOSITION_NO_ACTION); })});
}

TEST(SupervisionCaseRules, EveryGuardOfClosingAndReopeningRefuses) {
  const CaseItems open{.since_decision = 2, .open = 1};
  ExpectGuards<SupervisionCase>(
      Sample(),
      {{kRequestClosure, kItemsIssued,
        [](SupervisionCase& c) { return RequestClosure(c, "完成", {}, By("persons/handler")); }},
       {kRequestClosure, kItemsEnded,
        [&](SupervisionCase& c) { return RequestClosure(c, "完成", open, By("persons/handler")); }},
       {kRequestClosure, kActorNotSubject,
        [](SupervisionCase& c) {
          return RequestClosure(c, "完成", kEnded, By("persons/subject"));
        }},
       {kCloseCase, kFourEyes,
        [](SupervisionCase& c) { return Close(c, "同意", kEnded, By("persons/requester")); }},
       {kCloseCase, kFourEyes,
        [](SupervisionCase& c) { return Close(c, "同意", kEnded, By("persons/handler")); }},
       {kCloseCase, kItemsEnded,
        [&](SupervisionCase& c) { return Close(c, "同意", open, By("persons/leader")); }},
       {kCloseCase, kActorNotSubject,
        [](SupervisionCase& c) { return Close(c, "同意", kEnded, By("persons/subject")); }},
       {kReopenCase, kNewEvidence,
        [](SupervisionCase& c) {
          return Reopen(c, "理由", Of("old"), true, By("persons/leader"));
        }},
       {kReopenCase, kEvidenceStored,
        [](SupervisionCase& c) {
          return Reopen(c, "理由", Of("new"), false, By("persons/leader"));
        }},
       {kReopenCase, kActorNotSubject, [](SupervisionCase& c) {
          return Reopen(c, "理由", Of("new"), true, By("persons/subject"));
        }}});
}

TEST(SupervisionCaseRules, ANewCaseIsDueWithinFiveWorkingDays) {
  SupervisionCase the_case;
  // The spring festival of 2025 is from 28 January to 4 February; 26 January and 8 February are
  // worked.
  *the_case.mutable_receive_date() = clock::ToDate(absl::CivilDay(2025, 1, 26));
  ASSERT_TRUE(Register(the_case, {.step = By("persons/clerk"),
                                  .calendar = calendar::Calendar::Embedded(),
                                  .category_in_use = true,
                                  .evidence_stored = true})
                  .ok());
  EXPECT_EQ(*clock::ToDay(the_case.accept_due_date()), absl::CivilDay(2025, 2, 8));
  EXPECT_EQ(the_case.state(), SupervisionCase::STATE_RECEIVED);
  EXPECT_EQ(the_case.registrar(), "persons/clerk");
}

TEST(SupervisionCaseRules, EveryGuardOfRegisteringRefuses) {
  const auto row = [](const status::Guard& guard, bool category, bool evidence) {
    return GuardRow<SupervisionCase>{kRegisterCase, guard, [=](SupervisionCase& c) {
                                       return Register(c,
                                                       {.step = By("persons/clerk"),
                                                        .calendar = calendar::Calendar::Embedded(),
                                                        .category_in_use = category,
                                                        .evidence_stored = evidence});
                                     }};
  };
  ExpectGuards<SupervisionCase>(
      Sample(), {row(kCategoryInUse, false, true), row(kEvidenceStored, true, false)});
}

TEST(SupervisionCaseRules, ACaseIsNotReceivedTomorrow) {
  SupervisionCase the_case;
  *the_case.mutable_receive_date() = clock::ToDate(absl::CivilDay(2025, 3, 5));
  EXPECT_TRUE(status::Is(Register(the_case, {.step = By("persons/clerk"),
                                             .calendar = calendar::Calendar::Embedded(),
                                             .category_in_use = true,
                                             .evidence_stored = true}),
                         status::kTimeInFuture));
}

TEST(SupervisionCaseRules, ADecisionThatOrdersNothingWaitsForClosureByAnotherPerson) {
  SupervisionCase the_case = Sample();
  the_case.set_state(SupervisionCase::STATE_PENDING_DECISION);
  Decision decision = Decided(false);
  decision.set_disposition(SupervisionCase::DISPOSITION_NO_ACTION);
  ASSERT_TRUE(Decide(the_case, decision, true, By("persons/secretary")).ok());
  EXPECT_EQ(the_case.state(), SupervisionCase::STATE_PENDING_CLOSURE);
  EXPECT_FALSE(the_case.confirmed());
  EXPECT_EQ(status::MetadataOf(Close(the_case, "同意", {}, By("persons/secretary")), "guard"),
            kFourEyes.name);
  EXPECT_TRUE(Close(the_case, "同意", {}, By("persons/leader")).ok());
}

TEST(SupervisionCaseRules, WhatADelegateRequestedOrDecidedIsAlsoOfWhomHeActedFor) {
  SupervisionCase the_case = Sample();
  the_case.set_state(SupervisionCase::STATE_PENDING_DECISION);
  Decision decision = Decided(false);
  decision.set_disposition(SupervisionCase::DISPOSITION_NO_ACTION);
  Step step = By("persons/deputy");
  step.actor.acting_for = "persons/secretary";
  ASSERT_TRUE(Decide(the_case, decision, true, step).ok());
  EXPECT_EQ(the_case.decisions(0).recorder(), "persons/deputy");
  EXPECT_EQ(the_case.decisions(0).acting_for(), "persons/secretary");
  const auto close = [&](const Step& by) {
    SupervisionCase closed = the_case;
    return status::MetadataOf(Close(closed, "同意", {}, by), "guard");
  };
  EXPECT_EQ(close(By("persons/deputy")), kFourEyes.name);
  EXPECT_EQ(close(By("persons/secretary")), kFourEyes.name);
  EXPECT_EQ(close(By("persons/leader")), "");
  for (const char* acted : {"persons/deputy", "persons/secretary"}) {
    EXPECT_EQ(status::MetadataOf(Recuse(the_case, acted, "亲属", By("persons/leader")), "guard"),
              kNotActed.name);
  }
  step = By("persons/other");
  step.actor.acting_for = "persons/leader";
  ASSERT_TRUE(Close(the_case, "同意", {}, step).ok());
  EXPECT_EQ(the_case.closures().rbegin()->closer_acting_for(), "persons/leader");
}

TEST(SupervisionCaseRules, EveryDispositionButNoActionConfirms) {
  for (int i = 1; i < SupervisionCase::Disposition_ARRAYSIZE; ++i) {
    SupervisionCase the_case = Sample();
    the_case.set_state(SupervisionCase::STATE_PENDING_DECISION);
    Decision decision = Decided(false);
    decision.set_disposition(static_cast<SupervisionCase::Disposition>(i));
    ASSERT_TRUE(Decide(the_case, decision, true, By("persons/secretary")).ok());
    EXPECT_EQ(the_case.confirmed(), i != SupervisionCase::DISPOSITION_NO_ACTION);
    EXPECT_EQ(the_case.severity(), SupervisionCase::SEVERITY_SERIOUS);
  }
}

TEST(SupervisionCaseRules, AReopenedCaseKeepsItsOldClosureAndDecision) {
  SupervisionCase the_case = Sample();
  the_case.set_state(SupervisionCase::STATE_PENDING_CLOSURE);
  ASSERT_TRUE(Close(the_case, "同意办结", kEnded, By("persons/leader")).ok());
  ASSERT_TRUE(Reopen(the_case, "新证据", Of("new"), true, By("persons/clerk")).ok());
  EXPECT_FALSE(the_case.has_close_date());
  ASSERT_EQ(the_case.closures_size(), 1);
  EXPECT_EQ(the_case.closures(0).closer(), "persons/leader");
  EXPECT_EQ(the_case.closures(0).close_reason(), "同意办结");
  EXPECT_EQ(the_case.reopenings(0).evidence_digests(0), "new");
  EXPECT_EQ(the_case.opinions_size(), 1);
}

}  // namespace
}  // namespace qinglian::supervision
