#include "services/organization/responsibility_letter_rules.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "common/status/status.h"

namespace qinglian::organization {
namespace {

using Letter = v1::ResponsibilityLetter;

const std::string kDigest(64, 'a');

Letter At(Letter::State state) {
  Letter letter;
  letter.set_name("responsibilityLetters/01930000-0000-7000-8000-000000000001");
  letter.set_state(state);
  letter.set_year(2025);
  letter.set_document_digest(kDigest);
  letter.set_etag("\"3\"");
  return letter;
}

LetterActor Actor() {
  LetterActor actor;
  actor.who.name = "persons/01930000-0000-7000-8000-000000000002";
  actor.issuer_assignment = "assignments/01930000-0000-7000-8000-000000000003";
  actor.signatory_assignment = "assignments/01930000-0000-7000-8000-000000000004";
  actor.now = absl::UnixEpoch();
  return actor;
}

IssueFacts Issuing() { return {Actor(), false, true, true}; }
CountersignFacts Countersigning() { return {Actor(), true, false, true}; }

// A transition with everything in its favour.
struct Step {
  LetterTransition transition;
  std::function<absl::Status(Letter&)> make;
};

std::vector<Step> Steps() {
  return {{kIssue, [](Letter& l) { return Issue(l, Issuing()); }},
          {kSign, [](Letter& l) { return Sign(l, kDigest, Actor()); }},
          {kCountersign, [](Letter& l) { return Countersign(l, kDigest, Countersigning()); }},
          {kCancel, [](Letter& l) { return Cancel(l, "作废", Actor()); }},
          {kTerminate, [](Letter& l) { return Terminate(l, "调整", Actor()); }},
          {kSupersede, [](Letter& l) { return Supersede(l); }},
          {kExpire, [](Letter& l) { return Expire(l, absl::CivilDay(2026, 1, 1)); }}};
}

TEST(ResponsibilityLetterRules, EveryTransitionLeavesItsOwnStatesAndNoOther) {
  for (const Step& step : Steps()) {
    for (int i = Letter::STATE_DRAFT; i <= Letter::STATE_CANCELLED; ++i) {
      const auto state = static_cast<Letter::State>(i);
      Letter letter = At(state);
      const absl::Status status = step.make(letter);
      if (step.transition.Leaves(state)) {
        EXPECT_TRUE(status.ok()) << step.transition.name << " from " << Letter::State_Name(state)
                                 << ": " << status;
        EXPECT_EQ(letter.state(), step.transition.to);
        continue;
      }
      EXPECT_EQ(status::ReasonOf(status), "TRANSITION_NOT_ALLOWED") << step.transition.name;
      EXPECT_EQ(status::MetadataOf(status, "state"), Letter::State_Name(state));
      EXPECT_EQ(letter.state(), state);
    }
  }
}

TEST(ResponsibilityLetterRules, EachGuardIsNamedWhenItIsBrokenAndLeavesTheLetterAlone) {
  struct Case {
    const char* guard;
    Letter::State state;
    std::function<absl::Status(Letter&)> make;
  };
  LetterActor stranger = Actor();
  stranger.issuer_assignment.reset();
  stranger.signatory_assignment.reset();
  const std::string other(64, 'b');
  for (const Case& c :
       std::vector<Case>{{"ISSUER_HOLDS_POST", Letter::STATE_DRAFT,
                          [&](Letter& l) {
                            IssueFacts facts = Issuing();
                            facts.actor = stranger;
                            return Issue(l, facts);
                          }},
                         {"ISSUER_LETTER_IN_FORCE", Letter::STATE_DRAFT,
                          [&](Letter& l) {
                            IssueFacts facts = Issuing();
                            facts.issuer_letter_in_force = false;
                            return Issue(l, facts);
                          }},
                         {"SIGNATORY_POST_HELD", Letter::STATE_DRAFT,
                          [&](Letter& l) {
                            IssueFacts facts = Issuing();
                            facts.signatory_post_held = false;
                            return Issue(l, facts);
                          }},
                         {"SIGNATORY_HOLDS_POST", Letter::STATE_ISSUED,
                          [&](Letter& l) { return Sign(l, kDigest, stranger); }},
                         {"DIGEST_MATCHES", Letter::STATE_ISSUED,
                          [&](Letter& l) { return Sign(l, other, Actor()); }},
                         {"ISSUER_HOLDS_POST", Letter::STATE_PARTIALLY_SIGNED,
                          [&](Letter& l) {
                            CountersignFacts facts = Countersigning();
                            facts.actor = stranger;
                            return Countersign(l, kDigest, facts);
                          }},
                         {"DIGEST_MATCHES", Letter::STATE_PARTIALLY_SIGNED,
                          [&](Letter& l) { return Countersign(l, other, Countersigning()); }},
                         {"SIGNATORY_UNCHANGED", Letter::STATE_PARTIALLY_SIGNED,
                          [&](Letter& l) {
                            CountersignFacts facts = Countersigning();
                            facts.signing_assignment_current = false;
                            return Countersign(l, kDigest, facts);
                          }},
                         {"SUPERSEDED_FITS", Letter::STATE_PARTIALLY_SIGNED,
                          [&](Letter& l) {
                            CountersignFacts facts = Countersigning();
                            facts.superseded_fits = false;
                            return Countersign(l, kDigest, facts);
                          }},
                         {"ISSUER_HOLDS_POST", Letter::STATE_DRAFT,
                          [&](Letter& l) { return Cancel(l, "作废", stranger); }},
                         {"ONE_IN_FORCE", Letter::STATE_PARTIALLY_SIGNED,
                          [&](Letter& l) {
                            CountersignFacts facts = Countersigning();
                            facts.another_in_force = true;
                            return Countersign(l, kDigest, facts);
                          }},
                         {"ISSUER_HOLDS_POST", Letter::STATE_IN_FORCE,
                          [&](Letter& l) { return Terminate(l, "调整", stranger); }},
                         {"YEAR_PASSED", Letter::STATE_IN_FORCE,
                          [&](Letter& l) { return Expire(l, absl::CivilDay(2025, 12, 31)); }}}) {
    Letter letter = At(c.state);
    const absl::Status status = c.make(letter);
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << c.guard;
    EXPECT_EQ(status::MetadataOf(status, "guard"), c.guard);
    EXPECT_EQ(letter.SerializeAsString(), At(c.state).SerializeAsString()) << c.guard;
  }
}

TEST(ResponsibilityLetterRules, TheIssuerAtTheTopNeedsNoLetterFromAbove) {
  IssueFacts facts = Issuing();
  facts.issuer_letter_in_force = false;
  facts.issuer_at_top = true;
  Letter letter = At(Letter::STATE_DRAFT);
  EXPECT_TRUE(Issue(letter, facts).ok());
}

TEST(ResponsibilityLetterRules, ASignatureBindsDocumentVersionAndAssignment) {
  Letter letter = At(Letter::STATE_ISSUED);
  ASSERT_TRUE(Sign(letter, kDigest, Actor()).ok());
  EXPECT_EQ(letter.signature().document_digest(), kDigest);
  EXPECT_EQ(letter.signature().letter_etag(), "\"3\"");
  EXPECT_EQ(letter.signature().assignment(), *Actor().signatory_assignment);
}

TEST(ResponsibilityLetterRules, WhoSignedDoesNotCountersignThoughHeHoldsBothPosts) {
  Letter letter = At(Letter::STATE_ISSUED);
  ASSERT_TRUE(Sign(letter, kDigest, Actor()).ok());
  EXPECT_EQ(status::MetadataOf(Countersign(letter, kDigest, Countersigning()), "guard"),
            "COUNTERSIGNER_IS_ANOTHER");
  CountersignFacts facts = Countersigning();
  facts.actor.who.name = "persons/01930000-0000-7000-8000-000000000009";
  EXPECT_TRUE(Countersign(letter, kDigest, facts).ok());
}

TEST(ResponsibilityLetterRules, ADeputyIssuesAndEndsALetterButNobodySignsForAnother) {
  LetterActor deputy = Actor();
  deputy.who.acting_for = "persons/01930000-0000-7000-8000-000000000008";
  IssueFacts issuing = Issuing();
  issuing.actor = deputy;
  Letter letter = At(Letter::STATE_DRAFT);
  ASSERT_TRUE(Issue(letter, issuing).ok());
  EXPECT_EQ(status::MetadataOf(Sign(letter, kDigest, deputy), "guard"), "SIGNS_IN_PERSON");
  ASSERT_TRUE(Sign(letter, kDigest, Actor()).ok());
  CountersignFacts countersigning = Countersigning();
  countersigning.actor = deputy;
  EXPECT_EQ(status::MetadataOf(Countersign(letter, kDigest, countersigning), "guard"),
            "SIGNS_IN_PERSON");
  letter = At(Letter::STATE_ISSUED);
  EXPECT_TRUE(Cancel(letter, "调整", deputy).ok());
}

TEST(ResponsibilityLetterRules, OnlyALetterInForceForTheSamePostAndYearCanBeSuperseded) {
  Letter letter = At(Letter::STATE_PARTIALLY_SIGNED);
  letter.set_signatory_post("posts/2");
  Letter old = letter;
  old.set_state(Letter::STATE_IN_FORCE);
  EXPECT_TRUE(Fits(letter, old));
  old.set_year(2024);
  EXPECT_FALSE(Fits(letter, old));
  old.set_year(2025);
  old.set_signatory_post("posts/3");
  EXPECT_FALSE(Fits(letter, old));
  EXPECT_FALSE(Fits(letter, letter)) << "not in force";
}

TEST(ResponsibilityLetterRules, APostDoesNotSignWithItself) {
  Letter letter;
  letter.set_issuer_post("posts/1");
  letter.set_signatory_post("posts/1");
  EXPECT_TRUE(absl::IsInvalidArgument(CheckDraft(letter)));
  letter.set_signatory_post("posts/2");
  EXPECT_TRUE(CheckDraft(letter).ok());
}

}  // namespace
}  // namespace qinglian::organization
