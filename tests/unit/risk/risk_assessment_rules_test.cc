#include "services/risk/risk_assessment_rules.h"

#include "common/clock/date.h"
#include "tests/lib/lifecycle.h"

namespace qinglian::risk {
namespace {

using lifecycle::ExpectGuards;
using lifecycle::ExpectLifecycle;
using lifecycle::GuardRow;
using lifecycle::Transition;

using v1::RiskAssessment;
using v1::RiskPoint;

const absl::Time kNow = clock::StartOf(absl::CivilDay(2025, 11, 30)) + absl::Hours(9);

RiskAssessment Sample() {
  RiskAssessment assessment;
  assessment.set_name("riskAssessments/1");
  assessment.set_assessor("persons/assessor");
  assessment.set_submitter("persons/submitter");
  assessment.add_editors("persons/editor");
  assessment.add_represented("persons/represented");
  assessment.set_likelihood(3);
  assessment.set_impact(5);
  assessment.set_residual_likelihood(2);
  assessment.set_residual_impact(5);
  GradeBy(assessment, Scoring::Default());
  return assessment;
}

Decider Leader() { return {.actor = {"persons/leader"}, .rank_suffices = true}; }

SubmitRiskAssessmentFacts SubmitMet() {
  return {.actor = {"persons/submitter"},
          .point_state = RiskPoint::STATE_ACTIVE,
          .scoring_model = Scoring::Default().version(),
          .active_control = true};
}

ApproveRiskAssessmentFacts ApproveMet() {
  return {.decider = Leader(),
          .business_now = kNow,
          .point_state = RiskPoint::STATE_ACTIVE,
          .active_control = true};
}

absl::Status ApproveIt(RiskAssessment& a, const ApproveRiskAssessmentFacts& facts) {
  return Approve(a, facts, Scoring::Default());
}

TEST(RiskAssessmentRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<RiskAssessment>(
      Sample(),
      {{kSubmitRiskAssessment, [](RiskAssessment& a) { return Submit(a, SubmitMet()); }},
       {kApproveRiskAssessment, [](RiskAssessment& a) { return ApproveIt(a, ApproveMet()); }},
       {kApproveRiskAssessment,
        [](RiskAssessment& a) { return ApproveWithPoint(a, ApproveMet(), Scoring::Default()); }},
       {kReturnRiskAssessment,
        [](RiskAssessment& a) { return Return(a, Leader(), RiskPoint::STATE_ACTIVE, "依据不足"); }},
       {kReturnRiskAssessment, [](RiskAssessment& a) { return ReturnWithPoint(a, "依据不足"); }},
       {kWithdrawRiskAssessment,
        [](RiskAssessment& a) { return Withdraw(a, RiskPoint::STATE_ACTIVE, "重新评估"); }},
       {kSupersedeRiskAssessment, [](RiskAssessment& a) { return Supersede(a); }}});
}

TEST(RiskAssessmentRules, EveryGuardOfSubmittingRefuses) {
  using Facts = SubmitRiskAssessmentFacts;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&, RiskAssessment&)) {
    return GuardRow<RiskAssessment>{kSubmitRiskAssessment, guard, [spoil](RiskAssessment& a) {
                                      Facts facts = SubmitMet();
                                      RiskAssessment spoiled = a;
                                      spoil(facts, spoiled);
                                      return Submit(spoiled, facts);
                                    }};
  };
  ExpectGuards<RiskAssessment>(
      Sample(),
      {row(kPointOpen, [](Facts& f, RiskAssessment&) { f.point_state = RiskPoint::STATE_RETIRED; }),
       row(kScoringModelCurrent, [](Facts& f, RiskAssessment&) { f.scoring_model = "2026-1"; }),
       row(kResidualNotAboveInherent,
           [](Facts&, RiskAssessment& a) { a.set_residual_likelihood(a.likelihood() + 1); }),
       row(kResidualNotAboveInherent,
           [](Facts&, RiskAssessment& a) { a.set_impact(a.residual_impact() - 1); }),
       row(kResidualBacked, [](Facts& f, RiskAssessment&) { f.active_control = false; })});
}

TEST(RiskAssessmentRules, EveryGuardOfApprovingRefuses) {
  using Facts = ApproveRiskAssessmentFacts;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&)) {
    return GuardRow<RiskAssessment>{kApproveRiskAssessment, guard, [spoil](RiskAssessment& a) {
                                      Facts facts = ApproveMet();
                                      spoil(facts);
                                      return ApproveIt(a, facts);
                                    }};
  };
  ExpectGuards<RiskAssessment>(
      Sample(),
      {row(kPointInForce, [](Facts& f) { f.point_state = RiskPoint::STATE_PENDING_REVIEW; }),
       row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/assessor"}; }),
       row(kFourEyes, [](Facts& f) { f.decider.actor.acting_for = "persons/assessor"; }),
       row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/represented"}; }),
       row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/submitter"}; }),
       row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/editor"}; }),
       row(kRankSuffices, [](Facts& f) { f.decider.rank_suffices = false; }),
       row(kResidualBacked, [](Facts& f) { f.active_control = false; })});
}

TEST(RiskAssessmentRules, EveryGuardOfReturningAndWithdrawingRefuses) {
  const auto returning = [](const status::Guard& guard, Decider decider, RiskPoint::State state) {
    return GuardRow<RiskAssessment>{kReturnRiskAssessment, guard, [=](RiskAssessment& a) {
                                      return Return(a, decider, state, "依据不足");
                                    }};
  };
  ExpectGuards<RiskAssessment>(
      Sample(), {returning(kPointInForce, Leader(), RiskPoint::STATE_PENDING_REVIEW),
                 returning(kFourEyes, {.actor = {"persons/assessor"}, .rank_suffices = true},
                           RiskPoint::STATE_ACTIVE),
                 returning(kFourEyes, {.actor = {"persons/editor"}, .rank_suffices = true},
                           RiskPoint::STATE_ACTIVE),
                 returning(kRankSuffices, {.actor = {"persons/leader"}, .rank_suffices = false},
                           RiskPoint::STATE_ACTIVE),
                 {kWithdrawRiskAssessment, kPointNotPending, [](RiskAssessment& a) {
                    return Withdraw(a, RiskPoint::STATE_PENDING_REVIEW, "重新评估");
                  }}});
}

TEST(RiskAssessmentRules, EveryGuardOfCreatingRefuses) {
  const auto create = [](RiskPoint::State state, bool another_open) {
    return [=](RiskAssessment& a) {
      RiskPoint point;
      point.set_state(state);
      return Create(a, point, another_open);
    };
  };
  ExpectGuards<RiskAssessment>(
      Sample(),
      {{kCreateRiskAssessment, kPointOpen, create(RiskPoint::STATE_RETIRED, false)},
       {kCreateRiskAssessment, kPointOpen, create(RiskPoint::STATE_PENDING_REVIEW, false)},
       {kCreateRiskAssessment, kOneOpen, create(RiskPoint::STATE_DRAFT, true)}});
}

TEST(RiskAssessmentRules, TheTriggerFitsThePoint) {
  RiskPoint draft;
  draft.set_state(RiskPoint::STATE_DRAFT);
  RiskPoint active;
  active.set_state(RiskPoint::STATE_ACTIVE);
  active.set_review_trigger(RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  RiskAssessment assessment;
  ASSERT_TRUE(Create(assessment, draft, false).ok());
  EXPECT_EQ(assessment.review_trigger(), RiskPoint::REVIEW_TRIGGER_INITIAL);
  assessment = {};
  ASSERT_TRUE(Create(assessment, active, false).ok());
  EXPECT_EQ(assessment.review_trigger(), RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  assessment = {};
  assessment.set_review_trigger(RiskPoint::REVIEW_TRIGGER_INITIAL);
  EXPECT_TRUE(status::Is(Create(assessment, active, false), status::kFieldsInvalid));
  assessment.set_review_trigger(RiskPoint::REVIEW_TRIGGER_PERIODIC);
  EXPECT_TRUE(status::Is(Create(assessment, draft, false), status::kFieldsInvalid));
}

TEST(RiskAssessmentRules, ResidualsNotGivenAreTheInherentOnes) {
  RiskAssessment assessment;
  assessment.set_likelihood(3);
  assessment.set_impact(5);
  GradeBy(assessment, Scoring::Default());
  EXPECT_EQ(assessment.residual_likelihood(), 3);
  EXPECT_EQ(assessment.residual_impact(), 5);
  EXPECT_EQ(assessment.inherent_grade(), v1::GRADE_HIGH);
  EXPECT_EQ(assessment.residual_grade(), v1::GRADE_HIGH);
  EXPECT_EQ(assessment.scoring_model(), "default-1");
}

TEST(RiskAssessmentRules, AnAssessmentThatClaimsNoReliefNeedsNoControl) {
  RiskAssessment assessment = Sample();
  assessment.set_state(RiskAssessment::STATE_DRAFT);
  assessment.set_residual_likelihood(3);
  SubmitRiskAssessmentFacts facts = SubmitMet();
  facts.active_control = false;
  EXPECT_TRUE(Submit(assessment, facts).ok());
}

TEST(RiskAssessmentRules, TheNextReviewIsTheIntervalOfTheInherentGradeAfterTheApproval) {
  RiskAssessment assessment = Sample();
  assessment.set_state(RiskAssessment::STATE_SUBMITTED);
  ASSERT_TRUE(ApproveIt(assessment, ApproveMet()).ok());
  // High: three months; 30 November and three months is the last day of February.
  EXPECT_TRUE(clock::Compare(assessment.next_review_date(),
                             clock::ToDate(absl::CivilDay(2026, 2, 28))) == 0);
  EXPECT_EQ(assessment.approver(), "persons/leader");
  EXPECT_EQ(assessment.approve_time().seconds(), absl::ToUnixSeconds(kNow));
}

}  // namespace
}  // namespace qinglian::risk
