// What is refused, and why: every guard that rests on facts of the database, broken.
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "tests/storage/risk/fixture.h"

namespace qinglian::risk {
namespace {

using v1::PowerItem;
using v1::RiskAssessment;
using v1::RiskPoint;

using RiskRefusal = RiskTest;

TEST_F(RiskRefusal, TheAuthorNeverApprovesAlsoWhereHisRankSuffices) {
  const std::string post = NewName("posts");
  AddPost(post, organ_, "RANK_PRINCIPAL_LEADER");
  Assign(author_, post, organ_, "RANK_PRINCIPAL_LEADER");
  const RiskPoint pending = PendingPoint(1, 1);
  EXPECT_EQ(GuardOf(Approve(pending, author_).status()), "FOUR_EYES");
  EXPECT_EQ(GuardOf(Return(pending, author_).status()), "FOUR_EYES");
}

TEST_F(RiskRefusal, WhoSubmittedNeverApproves) {
  const RiskPoint point = DraftPoint();
  DraftAssessment(point.name(), 1, 1);
  PlannedControl(point.name());
  const auto pending = Submit(point, principal_);
  ASSERT_TRUE(pending.ok()) << pending.status();
  EXPECT_EQ(GuardOf(Approve(*pending, principal_).status()), "FOUR_EYES");
}

TEST_F(RiskRefusal, WhoChangedADraftNeverApprovesIt) {
  const RiskPoint point = PointDraftedTogether();
  for (const std::string& editor : {principal_, in_charge_}) {
    EXPECT_EQ(GuardOf(Approve(point, editor).status()), "FOUR_EYES");
    EXPECT_EQ(GuardOf(Return(point, editor).status()), "FOUR_EYES");
  }
  const auto approved = Approve(point, office_head_);
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_THAT(approved->editors(), testing::ElementsAre(principal_));
}

TEST_F(RiskRefusal, ADelegateApprovesByThePostOfWhomHeActsFor) {
  const std::string delegate = NewName("persons");
  AddPerson(delegate, organ_);
  const RiskPoint pending = PendingPoint(5, 5);
  EXPECT_EQ(GuardOf(Approve(pending, delegate).status()), "RANK_SUFFICES");
  EXPECT_EQ(GuardOf(Approve(pending, test::ActingFor(principal_, delegate)).status()),
            "RANK_SUFFICES")
      << "his own post is not asked for while he acts for another";
  const auto approved = Approve(pending, test::ActingFor(delegate, principal_));
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->approver(), delegate);
}

TEST_F(RiskRefusal, WhatBarsTheDelegateOrWhomHeActsForBarsTheApproval) {
  const std::string delegate = NewName("persons");
  AddPerson(delegate, organ_);
  const RiskPoint point = DraftPoint();
  DraftAssessment(point.name(), 5, 5);
  PlannedControl(point.name());
  const auto pending = Submit(point, test::ActingFor(delegate, principal_));
  ASSERT_TRUE(pending.ok()) << pending.status();
  EXPECT_EQ(pending->submitter(), delegate);
  EXPECT_THAT(pending->represented(), testing::ElementsAre(principal_));
  for (const std::string& barred :
       {principal_, test::ActingFor(delegate, principal_), test::ActingFor(owner_, principal_),
        test::ActingFor(author_, in_charge_), test::ActingFor(in_charge_, author_)}) {
    EXPECT_EQ(GuardOf(Approve(*pending, barred).status()), "FOUR_EYES") << barred;
  }
}

TEST_F(RiskRefusal, TheGradeDecidesWhichRankSuffices) {
  const struct {
    int likelihood, impact;
    const std::string& too_low;
    const std::string& enough;
  } rows[] = {{1, 1, author_, office_head_},
              {2, 3, office_head_, in_charge_},
              {5, 5, in_charge_, principal_}};
  for (const auto& row : rows) {
    const RiskPoint pending = PendingPoint(row.likelihood, row.impact);
    const std::string other = NewName("persons");
    const std::string& too_low = row.too_low == author_ ? other : row.too_low;
    EXPECT_EQ(GuardOf(Approve(pending, too_low).status()), "RANK_SUFFICES");
    EXPECT_TRUE(Approve(pending, row.enough).ok());
  }
}

TEST_F(RiskRefusal, APointWhoseOnlyControlWasCancelledMeanwhileIsNotApproved) {
  const RiskPoint point = DraftPoint();
  DraftAssessment(point.name(), 1, 1);
  const v1::Control control = PlannedControl(point.name());
  ASSERT_TRUE(Submit(point, author_).ok());
  v1::CancelControlRequest cancel;
  cancel.set_name(control.name());
  cancel.set_etag(control.etag());
  cancel.set_reason("不再需要");
  ASSERT_TRUE(Call<v1::Control>("ControlService/CancelControl", cancel, owner_).ok());
  EXPECT_EQ(GuardOf(Approve(GetPoint(point.name()), principal_).status()), "CONTROL_PROPOSED");
}

TEST_F(RiskRefusal, ADraftWhoseControlWasStartedIsNotDeleted) {
  const RiskPoint point = DraftPoint();
  ASSERT_TRUE(StartControl(PlannedControl(point.name())).ok());
  v1::DeleteRiskPointRequest request;
  request.set_name(point.name());
  request.set_etag(GetPoint(point.name()).etag());
  EXPECT_EQ(GuardOf(Call<RiskPoint>("RiskPointService/DeleteRiskPoint", request, author_).status()),
            "NO_CONTROL_STARTED");
}

TEST_F(RiskRefusal, ALeaderOfAnotherOrganDoesNotApprove) {
  const std::string stranger = NewName("persons");
  const std::string post = NewName("posts");
  AddPost(post, elsewhere_, "RANK_PRINCIPAL_LEADER");
  AddPerson(stranger, elsewhere_);
  Assign(stranger, post, elsewhere_, "RANK_PRINCIPAL_LEADER");
  EXPECT_EQ(GuardOf(Approve(PendingPoint(1, 1), stranger).status()), "RANK_SUFFICES");
}

TEST_F(RiskRefusal, APointIsSubmittedWithAllThatBelongsToIt) {
  RiskPoint point = DraftPoint();
  EXPECT_EQ(GuardOf(Submit(point, author_).status()), "ASSESSMENT_COMPLETE");
  DraftAssessment(point.name(), 1, 1);
  EXPECT_EQ(GuardOf(Submit(point, author_).status()), "CONTROL_PROPOSED");
  PlannedControl(point.name());
  v1::UpdateRiskPointRequest update;
  update.mutable_risk_point()->set_name(point.name());
  update.mutable_update_mask()->add_paths("responsible_leader");
  const auto without = Call<RiskPoint>("RiskPointService/UpdateRiskPoint", update, author_);
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(GuardOf(Submit(*without, author_).status()), "RESPONSIBLE_RESOLVABLE");
  update.mutable_risk_point()->set_responsible_leader(in_charge_);
  const auto with = Call<RiskPoint>("RiskPointService/UpdateRiskPoint", update, author_);
  ASSERT_TRUE(with.ok()) << with.status();
  service_.database().Run("UPDATE known_posts SET state = 'STATE_ABOLISHED'");
  update.mutable_risk_point()->set_power_item("");
  update.mutable_risk_point()->set_post(post_);
  update.mutable_update_mask()->clear_paths();
  for (const char* path : {"power_item", "post", "step"})
    update.mutable_update_mask()->add_paths(path);
  EXPECT_TRUE(
      status::Is(Call<RiskPoint>("RiskPointService/UpdateRiskPoint", update, author_).status(),
                 status::kReferenceNotFound));
}

TEST_F(RiskRefusal, ThePostOfAPowerItemIsOfItsOrganization) {
  const PowerItem item = DraftPowerItem();
  service_.database().Run("UPDATE known_posts SET organization = REPEAT('x', 16)");
  v1::PublishPowerItemRequest request;
  request.set_name(item.name());
  request.set_etag(item.etag());
  EXPECT_EQ(
      GuardOf(Call<PowerItem>("PowerItemService/PublishPowerItem", request, author_).status()),
      "POST_VALID");
}

TEST_F(RiskRefusal, AFirstAssessmentIsDecidedWithItsPointOnly) {
  const RiskPoint pending = PendingPoint(1, 1);
  const RiskAssessment assessment = OpenAssessment(pending.name());
  EXPECT_EQ(GuardOf(ApproveAssessment(assessment, principal_).status()), "POINT_IN_FORCE");
  v1::WithdrawRiskAssessmentRequest withdraw;
  withdraw.set_name(assessment.name());
  withdraw.set_etag(assessment.etag());
  withdraw.set_reason("重新评估");
  EXPECT_EQ(GuardOf(Call<RiskAssessment>("RiskAssessmentService/WithdrawRiskAssessment", withdraw,
                                         author_)
                        .status()),
            "POINT_NOT_PENDING");
}

TEST_F(RiskRefusal, APointHasOneOpenAssessmentAtATime) {
  const RiskPoint point = ActivePoint(1, 1);
  DraftAssessment(point.name(), 1, 1);
  v1::CreateRiskAssessmentRequest request;
  request.mutable_risk_assessment()->set_risk_point(point.name());
  request.mutable_risk_assessment()->set_likelihood(1);
  request.mutable_risk_assessment()->set_impact(1);
  request.mutable_risk_assessment()->set_rationale("复评");
  EXPECT_EQ(
      GuardOf(Call<RiskAssessment>("RiskAssessmentService/CreateRiskAssessment", request, author_)
                  .status()),
      "ONE_OPEN");
}

TEST_F(RiskRefusal, AnIllegalTransitionNamesBothStates) {
  const RiskPoint draft = DraftPoint();
  const absl::Status refused = Approve(draft, principal_).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status::MetadataOf(refused, "state"), "STATE_DRAFT");
  EXPECT_EQ(status::MetadataOf(refused, "wanted_state"), "STATE_PENDING_REVIEW");
}

TEST_F(RiskRefusal, AStaleOrMissingEtagIsRefused) {
  RiskPoint point = DraftPoint();
  v1::UpdateRiskPointRequest update;
  update.mutable_risk_point()->set_name(point.name());
  update.mutable_risk_point()->set_description("改后的描述");
  ASSERT_TRUE(Call<RiskPoint>("RiskPointService/UpdateRiskPoint", update, author_).ok());
  EXPECT_TRUE(status::Is(Approve(point, principal_).status(), status::kEtagStale));
  point.clear_etag();
  EXPECT_TRUE(status::Is(Approve(point, principal_).status(), status::kEtagRequired));
}

TEST_F(RiskRefusal, WhatAPointRefersToMustExist) {
  v1::CreateRiskPointRequest request;
  RiskPoint& point = *request.mutable_risk_point();
  point.set_organization(NewName("organizations"));
  point.set_institution("印章管理办法");
  point.set_display_name("用印审批不严");
  point.set_category(RiskPoint::CATEGORY_INSTITUTION);
  point.set_description("未经审批用印。");
  const absl::Status refused =
      Call<RiskPoint>("RiskPointService/CreateRiskPoint", request, author_).status();
  EXPECT_TRUE(status::Is(refused, status::kReferenceNotFound)) << refused;
  EXPECT_EQ(status::MetadataOf(refused, "field"), "risk_point.organization");
  point.set_organization(organ_);
  point.set_post(post_);
  EXPECT_TRUE(
      status::Is(Call<RiskPoint>("RiskPointService/CreateRiskPoint", request, author_).status(),
                 status::kFieldsInvalid));
}

}  // namespace
}  // namespace qinglian::risk
