#include "services/risk/risk_point_rules.h"

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

const absl::CivilDay kToday(2025, 3, 3);

RiskPoint Sample() {
  RiskPoint point;
  point.set_name("riskPoints/1");
  point.set_author("persons/author");
  point.set_submitter("persons/submitter");
  point.add_editors("persons/editor");
  point.add_represented("persons/represented");
  return point;
}

RiskAssessment Submitted() {
  RiskAssessment assessment;
  assessment.set_state(RiskAssessment::STATE_SUBMITTED);
  assessment.set_assessor("persons/assessor");
  assessment.set_submitter("persons/submitter");
  assessment.add_editors("persons/marks-editor");
  return assessment;
}

Decider Leader() { return {.actor = {"persons/leader"}, .rank_suffices = true}; }

SubmitRiskPointFacts SubmitMet() {
  return {.actor = {"persons/submitter"},
          .source_valid = true,
          .responsible_resolvable = true,
          .assessment_open = true,
          .control_proposed = true,
          .superseded_in_force = true};
}

ApproveRiskPointFacts ApproveMet() {
  return {.decider = Leader(),
          .today = kToday,
          .source_valid = true,
          .responsible_resolvable = true,
          .control_proposed = true,
          .superseded_in_force = true};
}

RehomeRiskPointFacts RehomeMet() {
  return {.decider = Leader(),
          .home_valid = true,
          .source_valid = true,
          .responsible_resolvable = true};
}

RetireRiskPointFacts RetireMet() { return {.decider = Leader(), .today = kToday}; }

absl::Status ReturnIt(RiskPoint& point, const Decider& decider) {
  const RiskAssessment assessment = Submitted();
  return Return(point, &assessment, decider, "措施不具体");
}

absl::Status ApproveIt(RiskPoint& point, const ApproveRiskPointFacts& facts) {
  const RiskAssessment assessment = Submitted();
  return Approve(point, &assessment, facts);
}

TEST(RiskPointRules, EveryTransitionLeavesOnlyItsStates) {
  ExpectLifecycle<RiskPoint>(
      Sample(),
      {{kSubmitRiskPoint, [](RiskPoint& p) { return Submit(p, SubmitMet()); }},
       {kApproveRiskPoint, [](RiskPoint& p) { return ApproveIt(p, ApproveMet()); }},
       {kReturnRiskPoint, [](RiskPoint& p) { return ReturnIt(p, Leader()); }},
       {kSuspendRiskPoint, [](RiskPoint& p) { return Suspend(p, "岗位撤销"); }},
       {kRehomeRiskPoint, [](RiskPoint& p) { return Rehome(p, RehomeMet()); }},
       {kRetireRiskPoint, [](RiskPoint& p) { return Retire(p, RetireMet(), "权力已取消"); }}});
}

// A guard of a transition, by the fact that breaks it.
template <typename Facts>
GuardRow<RiskPoint> Row(const Transition<RiskPoint>& transition, const status::Guard& guard,
                        Facts facts, void (*spoil)(Facts&),
                        std::function<absl::Status(RiskPoint&, const Facts&)> call) {
  spoil(facts);
  return {transition, guard, [facts, call](RiskPoint& p) { return call(p, facts); }};
}

TEST(RiskPointRules, EveryGuardOfSubmittingRefuses) {
  using Facts = SubmitRiskPointFacts;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&)) {
    return Row<Facts>(kSubmitRiskPoint, guard, SubmitMet(), spoil,
                      [](RiskPoint& p, const Facts& f) { return Submit(p, f); });
  };
  ExpectGuards<RiskPoint>(
      Sample(), {row(kSourceValid, [](Facts& f) { f.source_valid = false; }),
                 row(kResponsibleResolvable, [](Facts& f) { f.responsible_resolvable = false; }),
                 row(kAssessmentComplete, [](Facts& f) { f.assessment_open = false; }),
                 row(kControlProposed, [](Facts& f) { f.control_proposed = false; }),
                 row(kSupersededInForce, [](Facts& f) { f.superseded_in_force = false; })});
}

TEST(RiskPointRules, EveryGuardOfApprovingRefuses) {
  using Facts = ApproveRiskPointFacts;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&)) {
    return Row<Facts>(kApproveRiskPoint, guard, ApproveMet(), spoil, ApproveIt);
  };
  ExpectGuards<RiskPoint>(
      Sample(), {row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/author"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor.acting_for = "persons/author"; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/represented"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/submitter"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/assessor"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/editor"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/marks-editor"}; }),
                 row(kRankSuffices, [](Facts& f) { f.decider.rank_suffices = false; }),
                 row(kSourceValid, [](Facts& f) { f.source_valid = false; }),
                 row(kResponsibleResolvable, [](Facts& f) { f.responsible_resolvable = false; }),
                 row(kControlProposed, [](Facts& f) { f.control_proposed = false; }),
                 row(kSupersededInForce, [](Facts& f) { f.superseded_in_force = false; })});
}

TEST(RiskPointRules, APointIsNotApprovedWithoutItsSubmittedAssessment) {
  RiskAssessment draft = Submitted();
  draft.set_state(RiskAssessment::STATE_DRAFT);
  ExpectGuards<RiskPoint>(Sample(),
                          {{kApproveRiskPoint, kAssessmentComplete,
                            [](RiskPoint& p) { return Approve(p, nullptr, ApproveMet()); }},
                           {kApproveRiskPoint, kAssessmentComplete,
                            [&draft](RiskPoint& p) { return Approve(p, &draft, ApproveMet()); }}});
}

TEST(RiskPointRules, EveryGuardOfReturningRefuses) {
  using Facts = Decider;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&)) {
    return Row<Facts>(kReturnRiskPoint, guard, Leader(), spoil, ReturnIt);
  };
  ExpectGuards<RiskPoint>(Sample(),
                          {row(kFourEyes, [](Facts& f) { f.actor = {"persons/author"}; }),
                           row(kFourEyes, [](Facts& f) { f.actor = {"persons/assessor"}; }),
                           row(kFourEyes, [](Facts& f) { f.actor = {"persons/submitter"}; }),
                           row(kFourEyes, [](Facts& f) { f.actor = {"persons/editor"}; }),
                           row(kFourEyes, [](Facts& f) { f.actor = {"persons/marks-editor"}; }),
                           row(kRankSuffices, [](Facts& f) { f.rank_suffices = false; })});
}

TEST(RiskPointRules, EveryGuardOfRehomingRefuses) {
  using Facts = RehomeRiskPointFacts;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&)) {
    return Row<Facts>(kRehomeRiskPoint, guard, RehomeMet(), spoil,
                      [](RiskPoint& p, const Facts& f) { return Rehome(p, f); });
  };
  ExpectGuards<RiskPoint>(
      Sample(), {row(kHomeValid, [](Facts& f) { f.home_valid = false; }),
                 row(kSourceValid, [](Facts& f) { f.source_valid = false; }),
                 row(kResponsibleResolvable, [](Facts& f) { f.responsible_resolvable = false; }),
                 row(kRankSuffices, [](Facts& f) { f.decider.rank_suffices = false; })});
}

TEST(RiskPointRules, EveryGuardOfRetiringRefuses) {
  using Facts = RetireRiskPointFacts;
  const auto row = [](const status::Guard& guard, void (*spoil)(Facts&)) {
    return Row<Facts>(kRetireRiskPoint, guard, RetireMet(), spoil,
                      [](RiskPoint& p, const Facts& f) { return Retire(p, f, "权力已取消"); });
  };
  ExpectGuards<RiskPoint>(
      Sample(), {row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/author"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/submitter"}; }),
                 row(kFourEyes, [](Facts& f) { f.decider.actor = {"persons/editor"}; }),
                 row(kRankSuffices, [](Facts& f) { f.decider.rank_suffices = false; }),
                 row(kNoOpenCase, [](Facts& f) { f.open_case = true; }),
                 row(kNoOpenRectification, [](Facts& f) { f.open_rectification = true; })});
}

TEST(RiskPointRules, ExactlyOneSourceIsSetAndAStepNeedsAPowerItem) {
  RiskPoint point;
  EXPECT_EQ(CheckFields(point).code(), absl::StatusCode::kInvalidArgument);
  point.set_post("posts/1");
  EXPECT_TRUE(CheckFields(point).ok());
  point.set_step(2);
  EXPECT_TRUE(status::Is(CheckFields(point), status::kFieldsInvalid));
  point.set_power_item("powerItems/1");
  EXPECT_TRUE(status::Is(CheckFields(point), status::kFieldsInvalid));
  point.clear_post();
  EXPECT_TRUE(CheckFields(point).ok());
}

TEST(RiskPointRules, AnApprovedAssessmentGivesGradesAndReviewDaysAndForgetsTheCause) {
  RiskAssessment assessment = Submitted();
  assessment.set_inherent_grade(v1::GRADE_HIGH);
  assessment.set_residual_grade(v1::GRADE_MEDIUM);
  *assessment.mutable_next_review_date() = clock::ToDate(absl::CivilDay(2025, 6, 3));
  RiskPoint point = Sample();
  point.set_review_cause("cases/1");
  ApplyAssessment(point, assessment);
  EXPECT_EQ(point.inherent_grade(), v1::GRADE_HIGH);
  EXPECT_EQ(point.residual_grade(), v1::GRADE_MEDIUM);
  EXPECT_EQ(point.next_review_date().month(), 6);
  EXPECT_EQ(point.review_due_date().month(), 6);
  EXPECT_EQ(point.review_trigger(), RiskPoint::REVIEW_TRIGGER_PERIODIC);
  EXPECT_EQ(point.review_cause(), "");
}

RiskPoint InForce(v1::Grade inherent, v1::Grade residual) {
  RiskPoint point = Sample();
  point.set_state(RiskPoint::STATE_ACTIVE);
  point.set_inherent_grade(inherent);
  point.set_residual_grade(residual);
  *point.mutable_next_review_date() = clock::ToDate(absl::CivilDay(2025, 9, 1));
  *point.mutable_review_due_date() = point.next_review_date();
  return point;
}

TEST(RiskPointRules, AConfirmedCaseMakesThePointDueTodayAndRaisesBothGradesByOne) {
  RiskPoint point = InForce(v1::GRADE_MEDIUM, v1::GRADE_LOW);
  ASSERT_TRUE(RaiseForCase(point, "cases/1", false, kToday));
  EXPECT_EQ(point.inherent_grade(), v1::GRADE_HIGH);
  EXPECT_EQ(point.residual_grade(), v1::GRADE_MEDIUM);
  EXPECT_TRUE(clock::Compare(point.review_due_date(), clock::ToDate(kToday)) == 0);
  EXPECT_EQ(point.review_trigger(), RiskPoint::REVIEW_TRIGGER_CASE_FINDING);
  EXPECT_EQ(point.review_cause(), "cases/1");
  EXPECT_EQ(point.next_review_date().month(), 9) << "set by approvals only";
  EXPECT_EQ(point.state(), RiskPoint::STATE_ACTIVE);
}

TEST(RiskPointRules, ASeriousCaseRaisesBothGradesToHigh) {
  RiskPoint point = InForce(v1::GRADE_LOW, v1::GRADE_LOW);
  ASSERT_TRUE(RaiseForCase(point, "cases/1", true, kToday));
  EXPECT_EQ(point.inherent_grade(), v1::GRADE_HIGH);
  EXPECT_EQ(point.residual_grade(), v1::GRADE_HIGH);
}

TEST(RiskPointRules, HighIsTheTop) {
  RiskPoint point = InForce(v1::GRADE_HIGH, v1::GRADE_HIGH);
  ASSERT_TRUE(RaiseForCase(point, "cases/1", false, kToday));
  EXPECT_EQ(point.inherent_grade(), v1::GRADE_HIGH);
}

TEST(RiskPointRules, WhatIsOverdueAlreadyKeepsItsEarlierDay) {
  RiskPoint point = InForce(v1::GRADE_LOW, v1::GRADE_LOW);
  *point.mutable_review_due_date() = clock::ToDate(kToday - 40);
  ASSERT_TRUE(MarkDue(point, RiskPoint::REVIEW_TRIGGER_CONTROL_FAILED, "controls/1", kToday));
  EXPECT_TRUE(clock::Compare(point.review_due_date(), clock::ToDate(kToday - 40)) == 0);
  EXPECT_EQ(point.review_trigger(), RiskPoint::REVIEW_TRIGGER_CONTROL_FAILED);
}

TEST(RiskPointRules, EventsLeavePointsThatAreNotInForceAlone) {
  for (const auto state : {RiskPoint::STATE_DRAFT, RiskPoint::STATE_PENDING_REVIEW,
                           RiskPoint::STATE_RETURNED, RiskPoint::STATE_RETIRED}) {
    RiskPoint point = InForce(v1::GRADE_LOW, v1::GRADE_LOW);
    point.set_state(state);
    const RiskPoint before = point;
    EXPECT_FALSE(RaiseForCase(point, "cases/1", true, kToday));
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(before, point));
  }
}

TEST(RiskPointRules, ARetiredPointOwesNoReview) {
  RiskPoint point = InForce(v1::GRADE_LOW, v1::GRADE_LOW);
  ASSERT_TRUE(Retire(point, RetireMet(), "权力已取消").ok());
  EXPECT_FALSE(point.has_review_due_date());
  EXPECT_EQ(point.retire_date().day(), 3);
}

TEST(RiskPointRules, ACaseDoesNotKeepAPointFromBeingReplaced) {
  RiskPoint point = InForce(v1::GRADE_LOW, v1::GRADE_LOW);
  EXPECT_TRUE(RetireSuperseded(point, "riskPoints/2", kToday).ok());
  EXPECT_EQ(point.state(), RiskPoint::STATE_RETIRED);
}

}  // namespace
}  // namespace qinglian::risk
