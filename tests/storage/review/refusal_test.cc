// What the service refuses, where the refusal rests on its tables.
#include <thread>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/review/v1/objection_service.pb.h"
#include "qinglian/review/v1/pending_action_service.pb.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ReviewRound;

class ReviewRefusal : public ReviewTest {
 protected:
  absl::StatusOr<Application> Submit(const Application& application) {
    return Move<v1::SubmitApplicationRequest>("ApplicationService/SubmitApplication", application,
                                              applicants_[application.organization()]);
  }
  absl::StatusOr<Application> Shortlist(const Application& application) {
    return Move<v1::ShortlistApplicationRequest>("ApplicationService/ShortlistApplication",
                                                 application, clerk_);
  }
  absl::StatusOr<Application> PassOver(const Application& application) {
    v1::PassOverApplicationRequest request;
    request.set_reason("放弃");
    return Move("ApplicationService/PassOverApplication", application, clerk_, request);
  }
};

TEST_F(ReviewRefusal, OneApplicationOfAUnitStandsInARound) {
  const Application application = Draft(unit_);
  v1::CreateApplicationRequest again;
  again.mutable_application()->set_review_round(round_);
  again.mutable_application()->set_organization(unit_);
  again.mutable_application()->set_statement("再次申报");
  EXPECT_EQ(Call<Application>("ApplicationService/CreateApplication", again, applicants_[unit_])
                .status()
                .code(),
            absl::StatusCode::kAlreadyExists);
  v1::WithdrawApplicationRequest withdraw;
  withdraw.set_reason("撤回重报");
  Made(Move("ApplicationService/WithdrawApplication", application, applicants_[unit_], withdraw));
  EXPECT_TRUE(
      Call<Application>("ApplicationService/CreateApplication", again, applicants_[unit_]).ok());
}

TEST_F(ReviewRefusal, NobodyAppliesForAnotherUnitNorActsForTheCommittee) {
  const Application application = Draft(unit_);
  EXPECT_EQ(GuardOf(Move<v1::SubmitApplicationRequest>("ApplicationService/SubmitApplication",
                                                       application, applicants_[other_unit_])
                        .status()),
            "APPLICANT_SIDE");
  v1::AcceptApplicationRequest accept;
  accept.set_examination("齐全");
  const Application submitted = Made(Submit(application));
  EXPECT_EQ(
      GuardOf(Move("ApplicationService/AcceptApplication", submitted, applicants_[unit_], accept)
                  .status()),
      "ORGANIZER_SIDE");
}

TEST_F(ReviewRefusal, ADelegateStandsOnTheSideOfWhomHeActsForUnlessHeIsOfTheUnit) {
  const std::string outsider = AddPerson(AddOrganization("KIND_ORGAN"));
  const std::string applicant = applicants_[unit_];
  const Application draft = Draft(unit_);
  const auto submit = [&](const std::string& caller) {
    return Move<v1::SubmitApplicationRequest>("ApplicationService/SubmitApplication", draft,
                                              caller);
  };
  EXPECT_EQ(GuardOf(submit(outsider).status()), "APPLICANT_SIDE");
  const Application submitted = Made(submit(test::ActingFor(outsider, applicant)));
  EXPECT_EQ(submitted.submitter(), outsider);
  EXPECT_THAT(submitted.represented(), testing::ElementsAre(applicant));
  const auto accept = [&](const std::string& caller) {
    v1::AcceptApplicationRequest request;
    request.set_examination("齐全");
    return Move("ApplicationService/AcceptApplication", submitted, caller, request);
  };
  EXPECT_EQ(GuardOf(accept(test::ActingFor(applicant, clerk_)).status()), "ORGANIZER_SIDE");
  EXPECT_EQ(GuardOf(accept(test::ActingFor(outsider, clerk_)).status()), "FOUR_EYES");
  EXPECT_TRUE(accept(test::ActingFor(applicants_[other_unit_], clerk_)).ok());
}

TEST_F(ReviewRefusal, AnApplicationAfterTheWindowIsRefusedWithItsDays) {
  const Application application = Draft(unit_);
  SetDay(3, 15);
  const absl::Status late = Submit(application).status();
  EXPECT_EQ(status::ReasonOf(late), "WINDOW_CLOSED");
  EXPECT_EQ(status::MetadataOf(late, "start"), "2025-03-03");
  EXPECT_EQ(status::MetadataOf(late, "end"), "2025-03-14");
}

TEST_F(ReviewRefusal, EvidenceThatWasNotUploadedIsNotNamed) {
  const std::string unknown(64, 'b');
  const auto refused = [&](const absl::Status& status, const std::string& field) {
    EXPECT_EQ(status::ReasonOf(status), "REFERENCE_NOT_FOUND") << status;
    EXPECT_EQ(status::MetadataOf(status, "field"), field);
    EXPECT_EQ(status::MetadataOf(status, "resource"), unknown);
  };
  Application application = Draft(unit_);
  v1::CreateApplicationRequest create;
  create.mutable_application()->set_review_round(round_);
  create.mutable_application()->set_organization(other_unit_);
  create.mutable_application()->set_statement("申报");
  *create.mutable_application()->add_self_assessments() = application.self_assessments(0);
  create.mutable_application()->mutable_self_assessments(0)->add_evidence_digests(unknown);
  refused(
      Call<Application>("ApplicationService/CreateApplication", create, applicants_[other_unit_])
          .status(),
      "application.self_assessments.evidence_digests");
  application.mutable_self_assessments(1)->add_evidence_digests(unknown);
  v1::UpdateApplicationRequest update;
  *update.mutable_application() = application;
  update.mutable_update_mask()->add_paths("self_assessments");
  refused(Call<Application>("ApplicationService/UpdateApplication", update, applicants_[unit_])
              .status(),
          "application.self_assessments.evidence_digests");
  v1::FileObjectionRequest file;
  file.mutable_objection()->set_application(application.name());
  file.mutable_objection()->set_display_name("材料不实");
  file.mutable_objection()->set_grounds("次数不足");
  file.mutable_objection()->add_evidence_digests(unknown);
  refused(Call<v1::Objection>("ObjectionService/FileObjection", file, third_).status(),
          "objection.evidence_digests");
}

TEST_F(ReviewRefusal, APlanThatWasReturnedIsNotOnFile) {
  const Application application = Draft(unit_);
  service_.database().Run("UPDATE action_plans SET state = 'STATE_RETURNED'");
  EXPECT_EQ(GuardOf(Submit(application).status()), "PLAN_FILED");
}

TEST_F(ReviewRefusal, PlacesAreTakenInOrderAndNoMoreThanThereAre) {
  const auto scored = Scored({Submitted(unit_), Submitted(other_unit_)});
  EXPECT_EQ(GuardOf(Shortlist(scored[1]).status()), "BETTER_ONES_DECIDED");
  const Application first = Made(Shortlist(scored[0]));
  EXPECT_EQ(GuardOf(Shortlist(scored[1]).status()), "QUOTA_LEFT");
  Made(PassOver(first));
  EXPECT_TRUE(Shortlist(scored[1]).ok()) << "the place is free again";
  EXPECT_EQ(service_.database().Value("SELECT CONCAT(used, '/', cap) FROM round_places"), "1/1");
}

TEST_F(ReviewRefusal, OfTwoWhoRaceForTheLastPlaceOneGetsIt) {
  const auto scored = Scored({Submitted(unit_), Submitted(other_unit_)});
  service_.database().Run("UPDATE applications SET placing = 1");
  std::vector<absl::Status> results(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] { results[i] = Shortlist(scored[i]).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_NE(results[0].ok(), results[1].ok()) << results[0] << results[1];
  const absl::Status& refused = results[0].ok() ? results[1] : results[0];
  EXPECT_EQ(GuardOf(refused), "QUOTA_LEFT");
  EXPECT_EQ(service_.database().Value("SELECT used FROM round_places"), "1");
}

TEST_F(ReviewRefusal, WhoProposedTheCandidatesDoesNotApproveThem) {
  const auto scored = Scored({Submitted(unit_)});
  const auto propose = [&] {
    return Move<v1::ProposeReviewRoundCandidatesRequest>(
        "ReviewRoundService/ProposeReviewRoundCandidates", Round(), clerk_);
  };
  EXPECT_EQ(GuardOf(propose().status()), "CANDIDATES_CHOSEN");
  Made(Shortlist(scored[0]));
  Made(propose());
  EXPECT_EQ(GuardOf(Move<v1::ApproveReviewRoundCandidatesRequest>(
                        "ReviewRoundService/ApproveReviewRoundCandidates", Round(), clerk_)
                        .status()),
            "FOUR_EYES");
  EXPECT_EQ(GuardOf(Move<v1::PublishReviewRoundNoticeRequest>(
                        "ReviewRoundService/PublishReviewRoundNotice", Round(), clerk_)
                        .status()),
            "CANDIDATES_APPROVED");
}

TEST_F(ReviewRefusal, WhoShortlistedACandidateDoesNotApproveTheListThatAnotherProposed) {
  const auto scored = Scored({Submitted(unit_)});
  Made(Shortlist(scored[0]));
  Made(Move<v1::ProposeReviewRoundCandidatesRequest>(
      "ReviewRoundService/ProposeReviewRoundCandidates", Round(), head_));
  const auto approve = [&](const std::string& caller) {
    return Move<v1::ApproveReviewRoundCandidatesRequest>(
               "ReviewRoundService/ApproveReviewRoundCandidates", Round(), caller)
        .status();
  };
  EXPECT_THAT(Waiting(clerk_), testing::ElementsAre("AcceptActionPlan"));
  EXPECT_THAT(Waiting(third_),
              testing::UnorderedElementsAre("AcceptActionPlan", "ApproveReviewRoundCandidates"));
  EXPECT_EQ(GuardOf(approve(clerk_)), "FOUR_EYES");
  EXPECT_TRUE(approve(third_).ok());
}

TEST_F(ReviewRefusal, TheOrganizersSideDoesNotJudgeTheUnitItBelongsTo) {
  const std::string below = AddOrganization("KIND_INTERNAL_OFFICE", committee_);
  const std::string colleague = AddPerson(below);
  const std::string second = AddPerson(below);
  applicants_[below] = colleague;
  const Application submitted = Submitted(below);
  v1::AcceptApplicationRequest accept;
  accept.set_examination("齐全");
  EXPECT_EQ(
      GuardOf(Move("ApplicationService/AcceptApplication", submitted, second, accept).status()),
      "ORGANIZER_SIDE");
  EXPECT_THAT(Waiting(second), testing::IsEmpty());
  EXPECT_THAT(Waiting(clerk_),
              testing::UnorderedElementsAre("AcceptActionPlan", "AcceptApplication"));
  const Application noticed = OnNotice(Scored({submitted}));
  v1::FileObjectionRequest request;
  request.mutable_objection()->set_application(noticed.name());
  request.mutable_objection()->set_objector(reviewers_[0]);
  request.mutable_objection()->set_display_name("材料不实");
  request.mutable_objection()->set_grounds("次数不足");
  const auto filed =
      Made(Call<v1::Objection>("ObjectionService/FileObjection", request, reviewers_[0]));
  const auto admit = [&](const std::string& caller) {
    return Move<v1::AdmitObjectionRequest>("ObjectionService/AdmitObjection", filed, caller)
        .status();
  };
  EXPECT_EQ(GuardOf(admit(second)), "ORGANIZER_SIDE");
  EXPECT_THAT(Waiting(second), testing::IsEmpty());
  EXPECT_TRUE(admit(third_).ok());
}

TEST_F(ReviewRefusal, ABatchTellsOfEachApplicationWhetherItMoved) {
  const Application submitted = Submitted(unit_);
  const Application draft = Draft(other_unit_);
  v1::BatchTransitionApplicationsRequest batch;
  for (const Application& application : {submitted, draft}) {
    v1::AcceptApplicationRequest& accept = *batch.add_transitions()->mutable_accept();
    accept.set_name(application.name());
    accept.set_etag(application.etag());
    accept.set_examination("齐全");
  }
  const auto answered = Made(Call<v1::BatchTransitionApplicationsResponse>(
      "ApplicationService/BatchTransitionApplications", batch, clerk_));
  ASSERT_EQ(answered.verdicts_size(), 2);
  EXPECT_EQ(answered.verdicts(0).status().code(), 0);
  EXPECT_EQ(answered.verdicts(1).status().code(),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Read(submitted).state(), Application::STATE_ACCEPTED);
  EXPECT_EQ(Read(draft).state(), Application::STATE_DRAFT);
}

TEST_F(ReviewRefusal, AnObjectionComesWhileTheNoticeLastsAndIsInvestigatedFromOutside) {
  const Application noticed = OnNotice(Scored({Submitted(unit_)}));
  v1::FileObjectionRequest request;
  request.mutable_objection()->set_application(noticed.name());
  request.mutable_objection()->set_objector(third_);
  request.mutable_objection()->set_display_name("材料不实");
  request.mutable_objection()->set_grounds("次数不足");
  const auto filed = Made(Call<v1::Objection>("ObjectionService/FileObjection", request, third_));
  const auto admitted =
      Made(Move<v1::AdmitObjectionRequest>("ObjectionService/AdmitObjection", filed, clerk_));
  for (const auto& [investigator, guard] :
       {std::pair{reviewers_[0], "INVESTIGATOR_NOT_ON_PANEL"},
        std::pair{applicants_[unit_], "INVESTIGATOR_NOT_INVOLVED"},
        std::pair{NewName("persons"), "INVESTIGATOR_AT_WORK"}}) {
    v1::InvestigateObjectionRequest assign;
    assign.set_investigator(investigator);
    EXPECT_EQ(
        GuardOf(Move("ObjectionService/InvestigateObjection", admitted, clerk_, assign).status()),
        guard);
  }
  SetDay(3, 25);
  EXPECT_EQ(status::ReasonOf(
                Call<v1::Objection>("ObjectionService/FileObjection", request, third_).status()),
            "WINDOW_CLOSED");
}

TEST_F(ReviewRefusal, AReviewerWithAConflictDoesNotScore) {
  v1::DeclareReviewRoundConflictsRequest declare;
  declare.add_organizations(unit_);
  Made(Move("ReviewRoundService/DeclareReviewRoundConflicts", Round(), reviewers_[0], declare));
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
  v1::CreateScoreSheetRequest sheet;
  sheet.mutable_score_sheet()->set_application(started.name());
  const auto begin = [&](const std::string& caller) {
    return GuardOf(
        Call<v1::ScoreSheet>("ScoreSheetService/CreateScoreSheet", sheet, caller).status());
  };
  EXPECT_EQ(begin(reviewers_[0]), "NO_CONFLICT");
  EXPECT_EQ(begin(head_), "REVIEWER_ON_PANEL");
  EXPECT_EQ(GuardOf(Move<v1::LockApplicationScoresRequest>(
                        "ApplicationService/LockApplicationScores", started, clerk_)
                        .status()),
            "QUORUM_REACHED");
  const auto waiting = [&](const std::string& caller) {
    return Made(Call<journal::v1::ListPendingActionsResponse>(
                    "PendingActionService/ListPendingActions",
                    journal::v1::ListPendingActionsRequest(), caller))
        .actions_size();
  };
  // Again and again, so that one connection answers both with statements that it has prepared
  // before.
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(waiting(reviewers_[0]), 0);
    ASSERT_EQ(waiting(reviewers_[1]), 1);
  }
}

}  // namespace
}  // namespace qinglian::review
