// Power items, risk points, assessments and controls through their lives, over gRPC and a real
// database.
#include <thread>

#include "common/clock/date.h"
#include "common/status/status.h"
#include "tests/storage/risk/fixture.h"

namespace qinglian::risk {
namespace {

using v1::Control;
using v1::PowerItem;
using v1::RiskAssessment;
using v1::RiskPoint;

using RiskLifecycle = RiskTest;

std::string Text(const google::type::Date& date) {
  return absl::FormatCivilTime(*clock::ToDay(date));
}

TEST_F(RiskLifecycle, APointIsReturnedOnceMendedAndApprovedWithItsAssessment) {
  RiskPoint point = PendingPoint(3, 5);
  EXPECT_EQ(point.submitter(), author_);
  EXPECT_EQ(OpenAssessment(point.name()).state(), RiskAssessment::STATE_SUBMITTED);

  const auto returned = Return(point, principal_);
  ASSERT_TRUE(returned.ok()) << returned.status();
  EXPECT_EQ(returned->state_reason(), "措施不具体");
  RiskAssessment assessment = OpenAssessment(point.name());
  EXPECT_EQ(assessment.state(), RiskAssessment::STATE_RETURNED);

  v1::UpdateRiskPointRequest update;
  update.mutable_risk_point()->set_name(point.name());
  update.mutable_risk_point()->set_description("编制招标文件时为特定供应商设置资质条件。");
  const auto mended = Call<RiskPoint>("RiskPointService/UpdateRiskPoint", update, author_);
  ASSERT_TRUE(mended.ok()) << mended.status();
  const auto again = Submit(*mended, author_);
  ASSERT_TRUE(again.ok()) << again.status();
  const auto approved = Approve(*again, principal_);
  ASSERT_TRUE(approved.ok()) << approved.status();

  EXPECT_EQ(approved->state(), RiskPoint::STATE_ACTIVE);
  EXPECT_EQ(approved->filing_number(), "风险备〔2025〕1号");
  EXPECT_EQ(approved->inherent_grade(), v1::GRADE_HIGH);
  EXPECT_EQ(approved->approver(), principal_);
  EXPECT_EQ(Text(approved->next_review_date()), "2025-06-03") << "high: three months";
  EXPECT_EQ(Text(approved->review_due_date()), "2025-06-03");
  assessment = GetAssessment(assessment.name());
  EXPECT_EQ(assessment.state(), RiskAssessment::STATE_APPROVED);
  EXPECT_EQ(assessment.approver(), principal_);
  EXPECT_EQ(assessment.scoring_model(), "default-1");
}

TEST_F(RiskLifecycle, FilingNumbersHaveNoGapWhereAnApprovalIsRefused) {
  EXPECT_EQ(ActivePoint(1, 1).filing_number(), "风险备〔2025〕1号");
  const RiskPoint pending = PendingPoint(5, 5);
  EXPECT_FALSE(Approve(pending, office_head_).ok());
  EXPECT_EQ(Approve(pending, principal_)->filing_number(), "风险备〔2025〕2号");
}

TEST_F(RiskLifecycle, WhatWasApprovedIsFrozen) {
  const RiskPoint point = ActivePoint(2, 2);
  v1::UpdateRiskPointRequest update;
  update.mutable_risk_point()->set_name(point.name());
  update.mutable_risk_point()->set_description("别的风险");
  const auto refused = Call<RiskPoint>("RiskPointService/UpdateRiskPoint", update, author_);
  EXPECT_TRUE(status::Is(refused.status(), status::kTransitionNotAllowed)) << refused.status();
  EXPECT_EQ(status::MetadataOf(refused.status(), "state"), "STATE_ACTIVE");
  EXPECT_EQ(status::MetadataOf(refused.status(), "wanted_state"), "STATE_DRAFT|STATE_RETURNED");
}

TEST_F(RiskLifecycle, ANewVersionRetiresTheOldOneInTheSameMoment) {
  const RiskPoint old = ActivePoint(2, 2);
  const RiskPoint successor = ActivePoint(5, 5, old.name());
  EXPECT_EQ(successor.state(), RiskPoint::STATE_ACTIVE);
  const RiskPoint retired = GetPoint(old.name());
  EXPECT_EQ(retired.state(), RiskPoint::STATE_RETIRED);
  EXPECT_EQ(retired.state_reason(), successor.name());
  // What is retired cannot be replaced again.
  const RiskPoint draft = DraftPoint(old.name());
  DraftAssessment(draft.name(), 1, 1);
  PlannedControl(draft.name());
  EXPECT_EQ(GuardOf(Submit(draft, author_).status()), "SUPERSEDED_IN_FORCE");
}

TEST_F(RiskLifecycle, EachStepOfAPartMakesStaleWhatWasReadOfThePoint) {
  RiskPoint read = DraftPoint();
  // Whether the point has another version than the one last read.
  const auto changed = [&] {
    const std::string etag = read.etag();
    read = GetPoint(read.name());
    return read.etag() != etag;
  };
  const RiskAssessment assessment = DraftAssessment(read.name(), 2, 2);
  EXPECT_TRUE(changed());
  v1::UpdateRiskAssessmentRequest update;
  update.mutable_risk_assessment()->set_name(assessment.name());
  update.mutable_risk_assessment()->set_rationale("近两年有两起同类投诉。");
  update.mutable_update_mask()->add_paths("rationale");
  const std::string method = "RiskAssessmentService/UpdateRiskAssessment";
  ASSERT_TRUE(Call<RiskAssessment>(method, update, author_).ok());
  EXPECT_TRUE(changed());
  ASSERT_TRUE(Call<RiskAssessment>(method, update, author_).ok());
  EXPECT_FALSE(changed()) << "nothing was changed by the second";
  const Control control = PlannedControl(read.name());
  EXPECT_TRUE(changed());
  const auto pending = Submit(read, author_);
  ASSERT_TRUE(pending.ok()) << pending.status();
  ASSERT_TRUE(StartControl(control).ok());
  const auto refused = Approve(*pending, principal_);
  EXPECT_TRUE(status::Is(refused.status(), status::kEtagStale)) << refused.status();
  EXPECT_TRUE(Approve(GetPoint(read.name()), principal_).ok());
}

TEST_F(RiskLifecycle, AReassessmentGivesThePointItsGradesAndItsNextReview) {
  const RiskPoint point = ActivePoint(5, 5);
  const RiskAssessment draft = DraftAssessment(point.name(), 2, 4);
  EXPECT_EQ(draft.review_trigger(), RiskPoint::REVIEW_TRIGGER_PERIODIC);
  const auto submitted = SubmitAssessment(draft);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  // Going from high to medium is for the rank that answers for high.
  EXPECT_EQ(GuardOf(ApproveAssessment(*submitted, in_charge_).status()), "RANK_SUFFICES");
  const auto approved = ApproveAssessment(*submitted, principal_);
  ASSERT_TRUE(approved.ok()) << approved.status();
  const RiskPoint after = GetPoint(point.name());
  EXPECT_EQ(after.inherent_grade(), v1::GRADE_MEDIUM);
  EXPECT_EQ(Text(after.next_review_date()), "2025-09-03");
  v1::ListRiskAssessmentsRequest list;
  list.set_filter("risk_point = \"" + point.name() + "\" AND state = SUPERSEDED");
  const auto superseded = Call<v1::ListRiskAssessmentsResponse>(
      "RiskAssessmentService/ListRiskAssessments", list, author_);
  ASSERT_TRUE(superseded.ok()) << superseded.status();
  EXPECT_EQ(superseded->risk_assessments_size(), 1);
}

TEST_F(RiskLifecycle, AResidualBelowTheInherentRiskNeedsAnActiveControl) {
  const RiskPoint point = ActivePoint(5, 5);
  v1::CreateRiskAssessmentRequest create;
  create.mutable_risk_assessment()->set_risk_point(point.name());
  create.mutable_risk_assessment()->set_likelihood(5);
  create.mutable_risk_assessment()->set_impact(5);
  create.mutable_risk_assessment()->set_residual_likelihood(2);
  create.mutable_risk_assessment()->set_rationale("复核已实行");
  const auto draft =
      Call<RiskAssessment>("RiskAssessmentService/CreateRiskAssessment", create, author_);
  ASSERT_TRUE(draft.ok()) << draft.status();
  EXPECT_EQ(draft->residual_grade(), v1::GRADE_MEDIUM);
  EXPECT_EQ(GuardOf(SubmitAssessment(*draft).status()), "RESIDUAL_BACKED");
  ActiveControl(point.name());
  EXPECT_TRUE(SubmitAssessment(*draft).ok());
}

TEST_F(RiskLifecycle, AControlIsActivatedBySomebodyElseAndRetiredOnceItIsReplaced) {
  const RiskPoint point = ActivePoint(3, 3);
  const auto started = StartControl(PlannedControl(point.name()));
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(GuardOf(ActivateControl(*started, owner_).status()), "VERIFIER_NOT_OWNER");
  const auto active = ActivateControl(*started, office_head_);
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->verifier(), office_head_);
  EXPECT_EQ(Text(active->next_check_date()), "2025-06-03");
  EXPECT_EQ(GuardOf(RetireControl(*active).status()), "OTHER_CONTROL_OR_REASSESSMENT");
  ActiveControl(point.name());
  EXPECT_TRUE(RetireControl(*active).ok());
}

TEST_F(RiskLifecycle, AFailedControlMakesItsPointDueForReview) {
  const RiskPoint point = ActivePoint(3, 3);
  const Control control = ActiveControl(point.name());
  v1::DegradeControlRequest request;
  request.set_name(control.name());
  request.set_etag(control.etag());
  request.set_degradation(Control::DEGRADATION_CHECK_FAILED);
  request.set_reason("抽查未落实");
  const auto degraded = Call<Control>("ControlService/DegradeControl", request, office_head_);
  ASSERT_TRUE(degraded.ok()) << degraded.status();
  const RiskPoint due = GetPoint(point.name());
  EXPECT_EQ(Text(due.review_due_date()), "2025-03-03");
  EXPECT_EQ(due.review_trigger(), RiskPoint::REVIEW_TRIGGER_CONTROL_FAILED);
  EXPECT_EQ(due.review_cause(), control.name());
  EXPECT_EQ(Text(due.next_review_date()), "2025-09-03") << "set by approvals only";
}

TEST_F(RiskLifecycle, ANewEditionOfAPowerItemMakesThePointsOnTheOldOneDue) {
  const RiskPoint point = ActivePoint(2, 2);
  const PowerItem next = PublishedPowerItem(point.power_item());
  EXPECT_EQ(next.edition(), 2);
  v1::GetPowerItemRequest get;
  get.set_name(point.power_item());
  const auto old = Call<PowerItem>("PowerItemService/GetPowerItem", get, author_);
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->state(), PowerItem::STATE_SUPERSEDED);
  const RiskPoint due = GetPoint(point.name());
  EXPECT_EQ(due.review_trigger(), RiskPoint::REVIEW_TRIGGER_POWER_CHANGED);
  EXPECT_EQ(due.review_cause(), next.name());
}

TEST_F(RiskLifecycle, AWithdrawnPowerItemCarriesNoNewPoint) {
  const RiskPoint point = DraftPoint();
  DraftAssessment(point.name(), 2, 2);
  PlannedControl(point.name());
  v1::GetPowerItemRequest get;
  get.set_name(point.power_item());
  const auto item = Call<PowerItem>("PowerItemService/GetPowerItem", get, author_);
  v1::WithdrawPowerItemRequest withdraw;
  withdraw.set_name(item->name());
  withdraw.set_etag(item->etag());
  withdraw.set_reason("法律已修订");
  ASSERT_TRUE(Call<PowerItem>("PowerItemService/WithdrawPowerItem", withdraw, author_).ok());
  EXPECT_EQ(GuardOf(Submit(point, author_).status()), "SOURCE_VALID");
}

TEST_F(RiskLifecycle, ASuspendedPointComesBackInItsNewHome) {
  const RiskPoint point = ActivePoint(2, 2);
  v1::SuspendRiskPointRequest suspend;
  suspend.set_name(point.name());
  suspend.set_etag(point.etag());
  suspend.set_reason("机构调整");
  const auto suspended = Call<RiskPoint>("RiskPointService/SuspendRiskPoint", suspend, author_);
  ASSERT_TRUE(suspended.ok()) << suspended.status();
  v1::RehomeRiskPointRequest rehome;
  rehome.set_name(point.name());
  rehome.set_etag(suspended->etag());
  rehome.set_reason("职责划转");
  rehome.set_organization(elsewhere_);
  // Its power item is not one of the new home.
  EXPECT_EQ(
      GuardOf(Call<RiskPoint>("RiskPointService/RehomeRiskPoint", rehome, office_head_).status()),
      "SOURCE_VALID");
  rehome.set_organization(organ_);
  const auto active = Call<RiskPoint>("RiskPointService/RehomeRiskPoint", rehome, office_head_);
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->state(), RiskPoint::STATE_ACTIVE);
}

TEST_F(RiskLifecycle, ADeletedDraftTakesItsAssessmentAndPlannedControlsWithIt) {
  const RiskPoint point = DraftPoint();
  const RiskAssessment assessment = DraftAssessment(point.name(), 2, 2);
  const Control control = PlannedControl(point.name());
  v1::DeleteRiskPointRequest request;
  request.set_name(point.name());
  request.set_etag(GetPoint(point.name()).etag());
  const auto deleted = Call<RiskPoint>("RiskPointService/DeleteRiskPoint", request, author_);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_TRUE(deleted->has_delete_time());
  EXPECT_EQ(GetAssessment(assessment.name()).state(), RiskAssessment::STATE_WITHDRAWN);
  v1::GetControlRequest get;
  get.set_name(control.name());
  EXPECT_EQ(Call<Control>("ControlService/GetControl", get, author_)->state(),
            Control::STATE_CANCELLED);
}

TEST_F(RiskLifecycle, OfTwoWhoApproveAtOnceOneWins) {
  const RiskPoint pending = PendingPoint(1, 1);
  absl::StatusOr<RiskPoint> first, second;
  std::thread one([&] { first = Approve(pending, principal_); });
  std::thread two([&] { second = Approve(pending, in_charge_); });
  one.join();
  two.join();
  EXPECT_NE(first.ok(), second.ok());
  const absl::Status lost = first.ok() ? second.status() : first.status();
  EXPECT_EQ(lost.code(), absl::StatusCode::kAborted) << lost;
}

TEST_F(RiskLifecycle, ARepeatedApprovalGetsTheSameAnswerOnce) {
  const RiskPoint pending = PendingPoint(1, 1);
  v1::ApproveRiskPointRequest request;
  request.set_name(pending.name());
  request.set_etag(pending.etag());
  request.set_request_id("0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");
  const auto first = Call<RiskPoint>("RiskPointService/ApproveRiskPoint", request, principal_);
  const auto again = Call<RiskPoint>("RiskPointService/ApproveRiskPoint", request, principal_);
  ASSERT_TRUE(first.ok() && again.ok()) << first.status() << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
}

TEST_F(RiskLifecycle, ABatchGivesEachTransitionAVerdictOfItsOwn) {
  const RiskPoint low = PendingPoint(1, 1);
  const RiskPoint high = PendingPoint(5, 5);
  v1::BatchTransitionRiskPointsRequest request;
  for (const RiskPoint& point : {low, high}) {
    auto& approve = *request.add_transitions()->mutable_approve();
    approve.set_name(point.name());
    approve.set_etag(point.etag());
  }
  const auto response = Call<v1::BatchTransitionRiskPointsResponse>(
      "RiskPointService/BatchTransitionRiskPoints", request, office_head_);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->verdicts_size(), 2);
  EXPECT_EQ(response->verdicts(0).state(), "STATE_ACTIVE");
  EXPECT_EQ(response->verdicts(1).status().code(),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(GetPoint(high.name()).state(), RiskPoint::STATE_PENDING_REVIEW);
}

TEST_F(RiskLifecycle, AListOfASubtreeHoldsWhatBelongsBelowItsRoot) {
  DraftPoint();
  for (const auto& [root, count] : {std::pair{organ_, 1}, {office_, 0}, {elsewhere_, 0}}) {
    v1::ListRiskPointsRequest request;
    request.set_subtree(root);
    const auto page =
        Call<v1::ListRiskPointsResponse>("RiskPointService/ListRiskPoints", request, author_);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->risk_points_size(), count);
  }
}

}  // namespace
}  // namespace qinglian::risk
