// What is edited and deleted only while it is a draft, and by whom.
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/review/v1/action_plan_service.pb.h"
#include "qinglian/review/v1/programme_service.pb.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "qinglian/review/v1/rubric_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

class ReviewEdit : public ReviewTest {
 protected:
  // Updates `resource` with all that it has, by `field` of the request.
  template <class Req, class T>
  absl::Status Edit(const std::string& method, T* (Req::*field)(), const T& resource,
                    const std::string& caller) {
    Req request;
    *(request.*field)() = resource;
    request.mutable_update_mask()->add_paths("*");
    return Call<T>(method, request, caller).status();
  }

  v1::ActionPlan PlanOf(const std::string& unit) {
    v1::ListActionPlansRequest request;
    request.set_subtree(unit);
    const auto listed = Made(
        Call<v1::ListActionPlansResponse>("ActionPlanService/ListActionPlans", request, clerk_));
    return listed.action_plans(0);
  }
};

// Both states stand in the answer: the one it is in, and that there is none to go to.
MATCHER(RefusedForItsState, "") {
  *result_listener << arg;
  return status::ReasonOf(arg) == "TRANSITION_NOT_ALLOWED";
}

TEST_F(ReviewEdit, WhatIsInForceIsNotEditedAnyMore) {
  programme_.set_description("另行规定");
  EXPECT_THAT(Edit("ProgrammeService/UpdateProgramme",
                   &v1::UpdateProgrammeRequest::mutable_programme, programme_, clerk_),
              RefusedForItsState());
  rubric_.set_display_name("另一细则");
  EXPECT_THAT(
      Edit("RubricService/UpdateRubric", &v1::UpdateRubricRequest::mutable_rubric, rubric_, clerk_),
      RefusedForItsState());
  v1::ReviewRound round = Round();
  round.set_quorum(1);
  EXPECT_THAT(Edit("ReviewRoundService/UpdateReviewRound",
                   &v1::UpdateReviewRoundRequest::mutable_review_round, round, clerk_),
              RefusedForItsState());
  FilePlan(unit_);
  v1::ActionPlan plan = PlanOf(unit_);
  plan.set_goals("另定目标");
  EXPECT_THAT(Edit("ActionPlanService/UpdateActionPlan",
                   &v1::UpdateActionPlanRequest::mutable_action_plan, plan, applicants_[unit_]),
              RefusedForItsState());
  EXPECT_THAT(
      Move<v1::DeleteProgrammeRequest>("ProgrammeService/DeleteProgramme", programme_, clerk_)
          .status(),
      RefusedForItsState());
  EXPECT_THAT(Move<v1::DeleteRubricRequest>("RubricService/DeleteRubric", rubric_, clerk_).status(),
              RefusedForItsState());
  EXPECT_THAT(
      Move<v1::DeleteReviewRoundRequest>("ReviewRoundService/DeleteReviewRound", Round(), clerk_)
          .status(),
      RefusedForItsState());
}

TEST_F(ReviewEdit, AnApplicationIsEditedByItsUnitUntilItIsSubmitted) {
  v1::Application application = Draft(unit_);
  application.set_statement("补充说明");
  const auto edit = [&](const std::string& caller) {
    return Edit("ApplicationService/UpdateApplication",
                &v1::UpdateApplicationRequest::mutable_application, application, caller);
  };
  EXPECT_EQ(GuardOf(edit(clerk_)), "APPLICANT_SIDE");
  EXPECT_TRUE(edit(applicants_[unit_]).ok());
  application = Made(Move<v1::SubmitApplicationRequest>("ApplicationService/SubmitApplication",
                                                        Read(application), applicants_[unit_]));
  application.set_statement("再补充");
  EXPECT_THAT(edit(applicants_[unit_]), RefusedForItsState());
  EXPECT_THAT(Move<v1::DeleteApplicationRequest>("ApplicationService/DeleteApplication",
                                                 application, applicants_[unit_])
                  .status(),
              RefusedForItsState());
}

TEST_F(ReviewEdit, ASheetIsEditedUntilItIsSubmittedAndAfterItWasRecalled) {
  v1::AcceptApplicationRequest accept;
  accept.set_examination("齐全");
  const auto accepted =
      Made(Move("ApplicationService/AcceptApplication", Submitted(unit_), clerk_, accept));
  SetDay(3, 17);
  Made(Move<v1::CloseReviewRoundSubmissionsRequest>(
      "ReviewRoundService/CloseReviewRoundSubmissions", Round(), clerk_));
  Made(Move<v1::StartReviewRoundEvaluationRequest>("ReviewRoundService/StartReviewRoundEvaluation",
                                                   Round(), clerk_));
  const auto started = Made(Move<v1::StartApplicationEvaluationRequest>(
      "ApplicationService/StartApplicationEvaluation", accepted, clerk_));
  v1::ScoreSheet sheet = SubmittedSheet(started, reviewers_[0], 4800);
  sheet.set_remark("扎实");
  const auto edit = [&] {
    return Edit("ScoreSheetService/UpdateScoreSheet",
                &v1::UpdateScoreSheetRequest::mutable_score_sheet, sheet, reviewers_[0]);
  };
  EXPECT_THAT(edit(), RefusedForItsState());
  sheet = Made(Move<v1::RecallScoreSheetRequest>("ScoreSheetService/RecallScoreSheet", sheet,
                                                 reviewers_[0]));
  sheet.set_remark("扎实");
  EXPECT_TRUE(edit().ok());
}

}  // namespace
}  // namespace qinglian::review
