// What waits for whom.
#include <algorithm>
#include <vector>

#include "common/clock/date.h"
#include "gmock/gmock.h"
#include "tests/storage/risk/fixture.h"

namespace qinglian::risk {
namespace {

using journal::v1::ListPendingActionsRequest;
using journal::v1::ListPendingActionsResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RiskPending : public RiskTest {
 protected:
  ListPendingActionsResponse Ask(const ListPendingActionsRequest& request,
                                 const std::string& caller) {
    const auto response = Call<ListPendingActionsResponse>(
        "PendingActionService/ListPendingActions", request, caller);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : ListPendingActionsResponse();
  }

  // "ApproveRiskPoint" and so on.
  std::vector<std::string> MethodsFor(const std::string& caller) {
    std::vector<std::string> methods;
    const ListPendingActionsResponse response = Ask({}, caller);
    for (const auto& action : response.actions()) {
      methods.push_back(action.method().substr(action.method().rfind('.') + 1));
    }
    return methods;
  }
};

TEST_F(RiskPending, AnApprovalWaitsForWhoeverMayGiveIt) {
  const v1::RiskPoint pending = PendingPoint(2, 3);
  const auto actions = Ask({}, in_charge_).actions();
  ASSERT_EQ(actions.size(), 1);
  EXPECT_EQ(actions[0].resource(), pending.name());
  EXPECT_EQ(actions[0].method(), "qinglian.risk.v1.RiskPointService.ApproveRiskPoint");
  EXPECT_EQ(actions[0].organization(), organ_);
  EXPECT_EQ(actions[0].state(), "STATE_PENDING_REVIEW");
  EXPECT_EQ(actions[0].title(), pending.display_name());
  EXPECT_EQ(MethodsFor(principal_).size(), 1u);
  EXPECT_THAT(MethodsFor(office_head_), IsEmpty()) << "medium is above him";
  EXPECT_THAT(MethodsFor(author_), IsEmpty());
}

TEST_F(RiskPending, WhoActsForAnotherHearsWhatWaitsForTheOther) {
  PendingPoint(2, 3);
  EXPECT_THAT(MethodsFor(test::ActingFor(author_, in_charge_)), ElementsAre("ApproveRiskPoint"));
  EXPECT_THAT(MethodsFor(test::ActingFor(in_charge_, author_)), IsEmpty());
}

TEST_F(RiskPending, AnApprovalDoesNotWaitForWhoeverChangedTheDraft) {
  PointDraftedTogether();
  EXPECT_THAT(MethodsFor(principal_), IsEmpty());
  EXPECT_THAT(MethodsFor(in_charge_), IsEmpty());
  EXPECT_THAT(MethodsFor(office_head_), ElementsAre("ApproveRiskPoint"));
}

TEST_F(RiskPending, WhatWasReturnedWaitsForItsAuthor) {
  ASSERT_TRUE(Return(PendingPoint(1, 1), office_head_).ok());
  EXPECT_THAT(MethodsFor(author_), ElementsAre("SubmitRiskPoint"));
}

TEST_F(RiskPending, AControlWaitsForItsOwner) {
  const v1::RiskPoint point = DraftPoint();
  PlannedControl(point.name());
  ASSERT_TRUE(StartControl(PlannedControl(point.name())).ok());
  EXPECT_THAT(MethodsFor(owner_), ElementsAre("StartControl"));
  // Nobody verifies his own control: it waits for who answers for the point.
  EXPECT_THAT(MethodsFor(in_charge_), ElementsAre("ActivateControl"));
}

TEST_F(RiskPending, AReviewWaitsForTheResponsiblePersonAMonthBeforeItsDayAndIsOverdueAfterIt) {
  const v1::RiskPoint point = ActivePoint(5, 5);
  const auto reviews = [&] {
    auto actions = Ask({}, owner_).actions();
    actions.erase(std::remove_if(actions.begin(), actions.end(),
                                 [&](const auto& a) { return a.resource() != point.name(); }),
                  actions.end());
    return actions;
  };
  EXPECT_THAT(reviews(), IsEmpty());
  service_.business_clock().Set(clock::StartOf(absl::CivilDay(2025, 6, 3)));
  ASSERT_EQ(reviews().size(), 1);
  EXPECT_FALSE(reviews()[0].overdue()) << "the day itself is not late";
  service_.business_clock().Set(clock::StartOf(absl::CivilDay(2025, 6, 4)));
  EXPECT_TRUE(reviews()[0].overdue());
  DraftAssessment(point.name(), 5, 5);
  EXPECT_THAT(reviews(), IsEmpty()) << "it has begun";
  EXPECT_THAT(MethodsFor(author_), ElementsAre("SubmitRiskAssessment"));
}

TEST_F(RiskPending, AnOrganizationSeesWhatWaitsForAnybodyInIt) {
  PendingPoint(1, 1);
  ListPendingActionsRequest request;
  request.set_organization(organ_);
  EXPECT_EQ(Ask(request, author_).actions_size(), 2) << "the approval and the control";
  request.set_organization(elsewhere_);
  EXPECT_EQ(Ask(request, author_).actions_size(), 0);
}

TEST_F(RiskPending, PagesJoinWithTheMostUrgentFirst) {
  const v1::RiskPoint point = DraftPoint();
  for (const int day : {20, 10, 0, 15}) {
    v1::CreateControlRequest request;
    v1::Control& control = *request.mutable_control();
    control.set_risk_point(point.name());
    control.set_display_name("定期轮岗");
    control.set_description("关键岗位三年轮换。");
    control.set_timing(v1::Control::TIMING_BEFORE);
    control.set_type(v1::Control::TYPE_SEPARATION_OF_DUTIES);
    control.set_owner(owner_);
    if (day != 0) *control.mutable_due_date() = clock::ToDate(absl::CivilDay(2025, 4, day));
    ASSERT_TRUE(Call<v1::Control>("ControlService/CreateControl", request, author_).ok());
  }
  ListPendingActionsRequest request;
  request.set_page_size(3);
  const ListPendingActionsResponse first = Ask(request, owner_);
  ASSERT_EQ(first.actions_size(), 3);
  EXPECT_EQ(first.actions(0).due_date().day(), 10);
  EXPECT_EQ(first.actions(1).due_date().day(), 15);
  EXPECT_EQ(first.actions(2).due_date().day(), 20);
  request.set_page_token(first.next_page_token());
  const ListPendingActionsResponse last = Ask(request, owner_);
  ASSERT_EQ(last.actions_size(), 1);
  EXPECT_FALSE(last.actions(0).has_due_date());
  EXPECT_EQ(last.next_page_token(), "");
}

}  // namespace
}  // namespace qinglian::risk
