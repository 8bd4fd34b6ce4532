#include "services/supervision/rectification_item_rules.h"

#include "gmock/gmock.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::supervision {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using lifecycle::GuardRow;
using v1::RectificationItem;
using v1::SupervisionCase;

using Item = RectificationItem;

const absl::CivilDay kIssued(2025, 3, 3);
const absl::CivilDay kToday(2025, 3, 4);
const absl::CivilDay kDeadline(2025, 9, 3);
const absl::CivilDay kLimit(2026, 3, 3);

Step By(std::string actor, absl::CivilDay day = kToday) {
  return {.actor = {std::move(actor)}, .business_now = clock::StartOf(day) + absl::Hours(9)};
}

Item Sample() {
  Item item;
  item.set_name("rectificationItems/1");
  item.set_cycle(1);
  *item.mutable_deadline() = clock::ToDate(kDeadline);
  *item.mutable_deadline_limit() = clock::ToDate(kLimit);
  item.set_acknowledger("persons/head");
  item.set_planner("persons/planner");
  item.set_responsible_leader("persons/leader");
  item.set_responsible_person("persons/doer");
  item.add_measures()->set_content("修订采购制度");
  item.add_measures()->set_content("开展专项培训");
  item.add_closeouts()->set_applicant("persons/applicant");
  item.set_head_reviewed(true);
  item.set_superior_reviewed(true);
  return item;
}

// What neither the head nor a leader above has reviewed.
Item Unreviewed() {
  Item item = Sample();
  item.set_head_reviewed(false);
  item.set_superior_reviewed(false);
  return item;
}

// With an extension that waits for a decision.
Item Waiting() {
  Item item = Sample();
  auto& extension = *item.add_extensions();
  extension.set_requester("persons/doer");
  *extension.mutable_deadline() = clock::ToDate(absl::CivilDay(2025, 12, 1));
  item.set_extension_pending(true);
  return item;
}

Evidence Of(std::initializer_list<int> measures) {
  Evidence evidence;
  for (int measure : measures) {
    auto& one = *evidence.Add();
    one.set_measure(measure);
    one.add_evidence_digests("digest");
  }
  return evidence;
}

RectificationPlan Planned() {
  RectificationPlan plan;
  plan.responsible_leader = "persons/leader";
  plan.responsible_office = "organizations/office";
  plan.responsible_person = "persons/doer";
  plan.date = absl::CivilDay(2025, 8, 1);
  plan.measures.Add()->set_content("修订采购制度");
  return plan;
}

SubmitPlanFacts PlanMet() {
  return {.step = By("persons/planner"),
          .organization_side = true,
          .responsible_at_work = true,
          .office_known = true};
}

VerifyItemFacts VerifyMet() { return {.step = By("persons/verifier"), .outside = true}; }

absl::Status Request(Item& item, absl::CivilDay deadline, bool side = true,
                     absl::CivilDay today = kToday) {
  return RequestExtension(item, deadline, "工程量大", side, By("persons/doer", today));
}

ApplyCloseoutFacts ApplyMet() {
  return {.step = By("persons/doer"),
          .organization_side = true,
          .has_superior = true,
          .evidence_stored = true};
}

absl::Status Apply(Item& item, const Evidence& evidence,
                   const ApplyCloseoutFacts& facts = ApplyMet()) {
  return ApplyCloseout(item, "已完成", evidence, facts);
}

ReviewItemFacts ReviewMet() {
  return {.step = By("persons/reviewer"), .heads = true, .leads_above = true};
}

TEST(RectificationItemRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<Item>(
      Sample(),
      {{kAcknowledgeItem, [](Item& i) { return Acknowledge(i, true, By("persons/head")); }},
       {kSubmitPlan, [](Item& i) { return SubmitPlan(i, Planned(), PlanMet()); }},
       {kStartItem, [](Item& i) { return Start(i, true, By("persons/starter")); }},
       {kRequestExtension, [](Item& i) { return Request(i, kLimit); }},
       {kApplyCloseout,
        [](Item& i) {
          return Apply(i, Of({1, 2}));
        }},
       {kAcceptItem, [](Item& i) { return Accept(i, "属实", VerifyMet()); }},
       {kRejectItem, [](Item& i) { return Reject(i, "材料不全", VerifyMet()); }},
       {kReopenItem, [](Item& i) { return Reopen(i, "反弹", {}, true, VerifyMet()); }},
       {kExcuseItem, [](Item& i) { return Excuse(i, "机构撤销", true, By("persons/issuer")); }}});
  ExpectLifecycle<Item>(
      Unreviewed(),
      {{kReviewItem, [](Item& i) { return Review(i, Item::CAPACITY_HEAD, "属实", ReviewMet()); }}});
  ExpectLifecycle<Item>(
      Waiting(), {{kApproveExtension,
                   [](Item& i) { return ApproveExtension(i, "同意", true, By("persons/issuer")); }},
                  {kRefuseExtension, [](Item& i) {
                     return RefuseExtension(i, "不同意", true, By("persons/issuer"));
                   }}});
}

TEST(RectificationItemRules, EveryGuardOfPlanningRefuses) {
  const auto row = [](const status::Guard& guard,
                      void (*spoil)(SubmitPlanFacts&, RectificationPlan&)) {
    SubmitPlanFacts facts = PlanMet();
    RectificationPlan plan = Planned();
    spoil(facts, plan);
    return GuardRow<Item>{kSubmitPlan, guard, [=](Item& i) { return SubmitPlan(i, plan, facts); }};
  };
  using F = SubmitPlanFacts;
  ExpectGuards<Item>(
      Sample(),
      {{kAcknowledgeItem, kHeadAcknowledges,
        [](Item& i) { return Acknowledge(i, false, By("persons/clerk")); }},
       row(kOrganizationSide, [](F& f, RectificationPlan&) { f.organization_side = false; }),
       row(kResponsibleAtWork, [](F& f, RectificationPlan&) { f.responsible_at_work = false; }),
       row(kOfficeKnown, [](F& f, RectificationPlan&) { f.office_known = false; }),
       row(kPlanWithinDeadline, [](F&, RectificationPlan& p) { p.date = kDeadline + 1; }),
       row(kPlanWithinDeadline, [](F&, RectificationPlan& p) { p.date = kToday - 1; }),
       {kStartItem, kOrganizationSide,
        [](Item& i) { return Start(i, false, By("persons/starter")); }}});
}

TEST(RectificationItemRules, EveryGuardOfExtensionsRefuses) {
  ExpectGuards<Item>(
      Sample(),
      {{kRequestExtension, kOrganizationSide, [](Item& i) { return Request(i, kLimit, false); }},
       {kRequestExtension, kBeforeDue,
        [](Item& i) { return Request(i, kLimit, true, kDeadline + 1); }},
       {kRequestExtension, kLaterDeadline, [](Item& i) { return Request(i, kDeadline); }},
       {kRequestExtension, kWithinOneYear, [](Item& i) { return Request(i, kLimit + 1); }},
       {kApproveExtension, kExtensionPending,
        [](Item& i) { return ApproveExtension(i, "同意", true, By("persons/issuer")); }},
       {kRefuseExtension, kExtensionPending,
        [](Item& i) { return RefuseExtension(i, "不同意", true, By("persons/issuer")); }}});
  ExpectGuards<Item>(
      Waiting(),
      {{kRequestExtension, kNoExtensionPending, [](Item& i) { return Request(i, kLimit); }},
       {kApproveExtension, kFourEyes,
        [](Item& i) { return ApproveExtension(i, "同意", true, By("persons/doer")); }},
       {kApproveExtension, kIssuerSide,
        [](Item& i) { return ApproveExtension(i, "同意", false, By("persons/issuer")); }},
       {kApproveExtension, kBeforeDue,
        [](Item& i) {
          return ApproveExtension(i, "同意", true, By("persons/issuer", kDeadline + 1));
        }},
       {kRefuseExtension, kFourEyes,
        [](Item& i) { return RefuseExtension(i, "不同意", true, By("persons/doer")); }},
       {kRefuseExtension, kIssuerSide,
        [](Item& i) { return RefuseExtension(i, "不同意", false, By("persons/issuer")); }}});
}

TEST(RectificationItemRules, EveryGuardOfTheCloseoutRefuses) {
  const auto apply = [](const status::Guard& guard, Evidence evidence,
                        void (*spoil)(ApplyCloseoutFacts&, Item&) = nullptr) {
    return GuardRow<Item>{kApplyCloseout, guard, [=](Item& i) {
                            ApplyCloseoutFacts facts = ApplyMet();
                            Item spoiled = i;
                            if (spoil != nullptr) spoil(facts, spoiled);
                            return Apply(spoiled, evidence, facts);
                          }};
  };
  using F = ApplyCloseoutFacts;
  ExpectGuards<Item>(
      Sample(),
      {apply(kOrganizationSide, Of({1, 2}), [](F& f, Item&) { f.organization_side = false; }),
       apply(kReviewedTwice, Of({1, 2}), [](F&, Item& i) { i.set_head_reviewed(false); }),
       apply(kReviewedTwice, Of({1, 2}), [](F&, Item& i) { i.set_superior_reviewed(false); }),
       apply(kEvidenceStored, Of({1, 2}), [](F& f, Item&) { f.evidence_stored = false; }),
       apply(kEvidenceOfEachMeasure, Of({1})), apply(kEvidenceOfEachMeasure, Of({1, 1})),
       apply(kEvidenceOfEachMeasure, Of({1, 2, 3})), apply(kEvidenceOfEachMeasure, {})});
}

TEST(RectificationItemRules, NobodyAboveTheRootReviewsIt) {
  Item item = Unreviewed();
  item.set_state(Item::STATE_IN_PROGRESS);
  ASSERT_TRUE(Review(item, Item::CAPACITY_HEAD, "属实", ReviewMet()).ok());
  ApplyCloseoutFacts facts = ApplyMet();
  facts.has_superior = false;
  EXPECT_TRUE(Apply(item, Of({1, 2}), facts).ok());
}

TEST(RectificationItemRules, EveryGuardOfReviewingRefuses) {
  const auto review = [](const status::Guard& guard, Item::Capacity capacity,
                         void (*spoil)(ReviewItemFacts&, Item&)) {
    return GuardRow<Item>{kReviewItem, guard, [=](Item& i) {
                            ReviewItemFacts facts = ReviewMet();
                            Item spoiled = i;
                            spoil(facts, spoiled);
                            return Review(spoiled, capacity, "属实", facts);
                          }};
  };
  using F = ReviewItemFacts;
  ExpectGuards<Item>(
      Unreviewed(),
      {review(kReviewerLeads, Item::CAPACITY_HEAD, [](F& f, Item&) { f.heads = false; }),
       review(kReviewerLeads, Item::CAPACITY_SUPERIOR, [](F& f, Item&) { f.leads_above = false; }),
       review(kNotReviewedYet, Item::CAPACITY_HEAD, [](F&, Item& i) { i.set_head_reviewed(true); }),
       review(kNotReviewedYet, Item::CAPACITY_SUPERIOR,
              [](F&, Item& i) { i.set_superior_reviewed(true); }),
       review(kReviewersDiffer, Item::CAPACITY_SUPERIOR,
              [](F& f, Item& i) { i.add_reviews()->set_reviewer(f.step.actor.name); })});
}

TEST(RectificationItemRules, NobodyVerifiesWhatHeHadAPartIn) {
  for (const char* doer :
       {"persons/leader", "persons/doer", "persons/head", "persons/planner", "persons/applicant"}) {
    const VerifyItemFacts facts{.step = By(doer), .outside = true};
    ExpectGuards<Item>(
        Sample(),
        {{kAcceptItem, kVerifierNotDoer, [&](Item& i) { return Accept(i, "属实", facts); }},
         {kRejectItem, kVerifierNotDoer, [&](Item& i) { return Reject(i, "不实", facts); }},
         {kReopenItem, kVerifierNotDoer,
          [&](Item& i) { return Reopen(i, "反弹", {}, true, facts); }},
         {kExcuseItem, kVerifierNotDoer,
          [&](Item& i) { return Excuse(i, "豁免", true, By(doer)); }}});
  }
}

TEST(RectificationItemRules, WhatADelegateDidIsAlsoOfWhomHeActedFor) {
  Item item = Sample();
  item.set_state(Item::STATE_ISSUED);
  Step deputy = By("persons/deputy");
  deputy.actor.acting_for = "persons/chief";
  ASSERT_TRUE(Acknowledge(item, true, deputy).ok());
  EXPECT_THAT(item.participants(), testing::ElementsAre("persons/deputy", "persons/chief"));
  item.set_state(Item::STATE_IN_PROGRESS);
  ASSERT_TRUE(RequestExtension(item, kLimit, "工程量大", true, deputy).ok());
  EXPECT_EQ(status::MetadataOf(ApproveExtension(item, "同意", true, By("persons/chief")), "guard"),
            kFourEyes.name);
  item = Unreviewed();
  item.set_state(Item::STATE_IN_PROGRESS);
  ASSERT_TRUE(Review(item, Item::CAPACITY_HEAD, "属实",
                     {.step = deputy, .heads = true, .leads_above = false})
                  .ok());
  EXPECT_EQ(item.reviews(0).acting_for(), "persons/chief");
  for (const char* again : {"persons/deputy", "persons/chief"}) {
    EXPECT_EQ(status::MetadataOf(Review(item, Item::CAPACITY_SUPERIOR, "属实",
                                        {.step = By(again), .heads = false, .leads_above = true}),
                                 "guard"),
              kReviewersDiffer.name);
  }
  item.set_state(Item::STATE_PENDING_VERIFICATION);
  Step verifier = By("persons/verifier");
  EXPECT_EQ(status::MetadataOf(Accept(item, "属实", {.step = By("persons/chief"), .outside = true}),
                               "guard"),
            kVerifierNotDoer.name);
  verifier.actor.acting_for = "persons/chief";
  EXPECT_EQ(status::MetadataOf(Accept(item, "属实", {.step = verifier, .outside = true}), "guard"),
            kVerifierNotDoer.name);
}

TEST(RectificationItemRules,
     WhoeverPlannedStartedOrAskedForMoreTimeIsNotForgottenWhenAnotherDoesIt) {
  Item item = Sample();
  item.set_state(Item::STATE_ACKNOWLEDGED);
  SubmitPlanFacts facts = PlanMet();
  facts.step = By("persons/first-planner");
  ASSERT_TRUE(SubmitPlan(item, Planned(), facts).ok());
  ASSERT_TRUE(SubmitPlan(item, Planned(), PlanMet()).ok());
  ASSERT_TRUE(
      RequestExtension(item, absl::CivilDay(2025, 12, 1), "设备未到", true, By("persons/requester"))
          .ok());
  ASSERT_TRUE(Start(item, true, By("persons/starter")).ok());
  EXPECT_THAT(item.participants(), testing::ElementsAre("persons/first-planner", "persons/planner",
                                                        "persons/requester", "persons/starter"));
  for (const std::string& participant : item.participants()) {
    const VerifyItemFacts verify{.step = By(participant), .outside = true};
    ExpectGuards<Item>(item, {{kAcceptItem, kVerifierNotDoer,
                               [&](Item& i) { return Accept(i, "属实", verify); }}});
  }
}

TEST(RectificationItemRules, EveryGuardOfVerifyingAndReopeningRefuses) {
  const VerifyItemFacts inside{.step = By("persons/verifier"), .outside = false};
  const auto reopen = [](const status::Guard& guard, absl::CivilDay deadline, bool case_open) {
    return GuardRow<Item>{kReopenItem, guard, [=](Item& i) {
                            return Reopen(i, "反弹", clock::ToDate(deadline), case_open,
                                          VerifyMet());
                          }};
  };
  ExpectGuards<Item>(
      Sample(),
      {{kAcceptItem, kVerifierOutside, [&](Item& i) { return Accept(i, "属实", inside); }},
       {kRejectItem, kVerifierOutside, [&](Item& i) { return Reject(i, "不实", inside); }},
       {kReopenItem, kVerifierOutside,
        [&](Item& i) { return Reopen(i, "反弹", {}, true, inside); }},
       reopen(kCaseOpen, kDeadline, false),
       reopen(kDeadlineAhead, kToday - 1, true),
       reopen(kWithinOneYear, absl::CivilDay(2026, 3, 5), true),
       {kExcuseItem, kIssuerSide,
        [](Item& i) { return Excuse(i, "豁免", false, By("persons/issuer")); }}});
}

SupervisionCase InRectification() {
  SupervisionCase the_case;
  the_case.set_organization("organizations/handling");
  the_case.set_state(SupervisionCase::STATE_IN_RECTIFICATION);
  return the_case;
}

IssueItemFacts IssueMet() {
  return {.step = By("persons/issuer", kIssued), .organization_known = true, .issuer_side = true};
}

TEST(RectificationItemRules, EveryGuardOfIssuingRefuses) {
  SupervisionCase closed = InRectification();
  closed.set_state(SupervisionCase::STATE_CLOSED);
  IssueItemFacts unknown = IssueMet();
  unknown.organization_known = false;
  IssueItemFacts stranger = IssueMet();
  stranger.issuer_side = false;
  const auto until = [](absl::CivilDay day) {
    return [day](Item& i) {
      Item wanted = i;
      *wanted.mutable_deadline() = clock::ToDate(day);
      return Issue(wanted, InRectification(), IssueMet());
    };
  };
  ExpectGuards<Item>(
      Sample(),
      {{kIssueItem, kCaseInRectification, [&](Item& i) { return Issue(i, closed, IssueMet()); }},
       {kIssueItem, kOrganizationKnown,
        [&](Item& i) { return Issue(i, InRectification(), unknown); }},
       {kIssueItem, kIssuerSide, [&](Item& i) { return Issue(i, InRectification(), stranger); }},
       {kIssueItem, kDeadlineAhead, until(kIssued - 1)},
       {kIssueItem, kWithinOneYear, until(kLimit + 1)}});
}

TEST(RectificationItemRules, TheDeadlineIsHalfAYearWhereNoneIsSet) {
  Item item;
  ASSERT_TRUE(Issue(item, InRectification(), IssueMet()).ok());
  EXPECT_EQ(*clock::ToDay(item.deadline()), kDeadline);
  EXPECT_EQ(*clock::ToDay(item.deadline_limit()), kLimit);
  EXPECT_EQ(item.issuing_organization(), "organizations/handling");
  EXPECT_EQ(item.cycle(), 1);
}

TEST(RectificationItemRules, AnApprovedExtensionMovesTheDeadlineAndIsCounted) {
  Item item = Sample();
  item.set_state(Item::STATE_IN_PROGRESS);
  ASSERT_TRUE(Request(item, absl::CivilDay(2025, 12, 1)).ok());
  EXPECT_EQ(*clock::ToDay(item.deadline()), kDeadline);
  ASSERT_TRUE(ApproveExtension(item, "同意", true, By("persons/issuer")).ok());
  EXPECT_EQ(item.deadline().month(), 12);
  EXPECT_EQ(item.extension_count(), 1);
  EXPECT_EQ(item.extensions(0).previous_deadline().month(), 9);
  ASSERT_TRUE(Request(item, kLimit).ok());
  ASSERT_TRUE(RefuseExtension(item, "不同意", true, By("persons/issuer")).ok());
  EXPECT_EQ(item.extension_count(), 1);
  EXPECT_EQ(item.deadline().month(), 12);
}

TEST(RectificationItemRules, ARelapseBeginsANewCycleWithANewTermAndKeepsTheOldNumber) {
  Item item = Sample();
  item.set_state(Item::STATE_PENDING_VERIFICATION);
  ASSERT_TRUE(Accept(item, "属实", VerifyMet()).ok());
  SetCloseoutNumber(item, "销〔2025〕6号");
  ASSERT_TRUE(item.has_end_date());
  ASSERT_TRUE(Reopen(item, "问题反弹", {}, true, VerifyMet()).ok());
  EXPECT_EQ(item.cycle(), 2);
  EXPECT_FALSE(item.has_end_date());
  EXPECT_EQ(item.reopenings(0).closeout_number(), "销〔2025〕6号");
  EXPECT_EQ(item.closeouts(0).number(), "销〔2025〕6号");
  EXPECT_EQ(*clock::ToDay(item.deadline()), absl::CivilDay(2025, 9, 4));
  EXPECT_TRUE(Start(item, true, By("persons/starter")).ok());
}

}  // namespace
}  // namespace qinglian::supervision
