// A round from its opening to the title, as the units and the working committee live it.
#include "gmock/gmock.h"
#include "qinglian/review/v1/objection_service.pb.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "qinglian/review/v1/title_service.pb.h"
#include "services/review/metrics.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Objection;
using v1::ReviewRound;
using v1::Title;

class ReviewYear : public ReviewTest {
 protected:
  absl::StatusOr<Objection> File(const Application& application) {
    v1::FileObjectionRequest request;
    Objection& objection = *request.mutable_objection();
    objection.set_application(application.name());
    objection.set_objector(third_);
    objection.set_display_name("材料与事实不符");
    objection.set_grounds("警示教育次数不足");
    return Call<Objection>("ObjectionService/FileObjection", request, third_);
  }

  // Admitted and investigated by `investigator`, who reported.
  Objection Investigated(const Objection& filed, const std::string& investigator) {
    const auto admitted =
        Made(Move<v1::AdmitObjectionRequest>("ObjectionService/AdmitObjection", filed, clerk_));
    v1::InvestigateObjectionRequest assign;
    assign.set_investigator(investigator);
    const auto assigned =
        Made(Move("ObjectionService/InvestigateObjection", admitted, clerk_, assign));
    v1::ReportObjectionFindingsRequest report;
    report.set_findings("经核查台账");
    return Made(Move("ObjectionService/ReportObjectionFindings", assigned, investigator, report));
  }

  absl::StatusOr<ReviewRound> Decide() {
    v1::DecideReviewRoundRequest request;
    request.set_reason("工委会议决定");
    return Move("ReviewRoundService/DecideReviewRound", Round(), head_, request);
  }

  absl::StatusOr<Title> ConferTitle(const Application& application) {
    v1::ConferTitleRequest request;
    request.mutable_title()->set_application(application.name());
    request.mutable_title()->set_document_number("杭机工〔2025〕3号");
    return Call<Title>("TitleService/ConferTitle", request, head_);
  }
};

TEST_F(ReviewYear, AnApplicationIsScoredNoticedObjectedToAndBecomesATitle) {
  const auto scored = Scored({Submitted(unit_), Submitted(other_unit_)});
  EXPECT_EQ(scored[0].placing(), 1);
  EXPECT_EQ(scored[1].placing(), 2);
  EXPECT_EQ(scored[0].score_centipoints(), 9800);
  EXPECT_EQ(scored[0].score().sheets_counted(), 1);

  const Application noticed = OnNotice(scored);
  EXPECT_EQ(noticed.state(), Application::STATE_ON_NOTICE);
  EXPECT_EQ(*clock::ToDay(Round().notice_end_date()), absl::CivilDay(2025, 3, 24));

  const Objection investigated = Investigated(Made(File(noticed)), head_);
  SetDay(3, 25);
  Made(Move<v1::EndReviewRoundNoticeRequest>("ReviewRoundService/EndReviewRoundNotice", Round(),
                                             clerk_));
  EXPECT_EQ(GuardOf(Decide().status()), "NO_OPEN_OBJECTION");
  v1::RejectObjectionRequest reject;
  reject.set_reason("台账齐全");
  EXPECT_EQ(GuardOf(Move("ObjectionService/RejectObjection", investigated, head_, reject).status()),
            "FOUR_EYES");
  Made(Move("ObjectionService/RejectObjection", investigated, clerk_, reject));

  EXPECT_EQ(GuardOf(ConferTitle(noticed).status()), "APPLICATION_CONFERRED");
  Made(Decide());
  const auto conferred = Made(
      Move<v1::ConferApplicationRequest>("ApplicationService/ConferApplication", noticed, head_));
  EXPECT_EQ(conferred.supervision_checks_size(), 2);
  EXPECT_THAT(Waiting(head_), testing::Contains("ConferTitle"));
  const Title title = Made(ConferTitle(conferred));
  EXPECT_THAT(Waiting(head_), testing::Not(testing::Contains("ConferTitle")));
  EXPECT_EQ(title.title_number(), "清模〔2025〕1号");
  EXPECT_EQ(*clock::ToDay(title.expire_date()), absl::CivilDay(2026, 3, 24));
  EXPECT_EQ(ConferTitle(conferred).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(ReviewYear, ASustainedObjectionStrikesTheCandidateAndTheNextTakesHisPlaceOnANewNotice) {
  const auto scored = Scored({Submitted(unit_), Submitted(other_unit_)});
  const Application noticed = OnNotice(scored);
  const Objection investigated = Investigated(Made(File(noticed)), head_);
  v1::SustainObjectionRequest sustain;
  sustain.set_reason("属实");
  Made(Move("ObjectionService/SustainObjection", investigated, clerk_, sustain));
  const Application struck = Read(noticed);
  EXPECT_EQ(struck.state(), Application::STATE_DISQUALIFIED);
  EXPECT_EQ(struck.end_cause(), investigated.name());
  EXPECT_EQ(struck.disqualification_reason(),
            Application::DISQUALIFICATION_REASON_OBJECTION_SUSTAINED);

  Made(Move<v1::ShortlistApplicationRequest>("ApplicationService/ShortlistApplication", scored[1],
                                             clerk_));
  v1::RenewReviewRoundNoticeRequest renew;
  renew.set_reason("名单变更");
  EXPECT_EQ(
      GuardOf(Move("ReviewRoundService/RenewReviewRoundNotice", Round(), clerk_, renew).status()),
      "FOUR_EYES");
  const auto renewed =
      Made(Move("ReviewRoundService/RenewReviewRoundNotice", Round(), head_, renew));
  EXPECT_EQ(renewed.notice_number(), 2);
  EXPECT_EQ(Read(scored[1]).state(), Application::STATE_ON_NOTICE);
}

TEST_F(ReviewYear, AReviewerSeesHisOwnSheetOnlyUntilTheScoresAreLocked) {
  v1::AcceptApplicationRequest accept;
  accept.set_examination("材料齐全");
  const auto accepted =
      Made(Move("ApplicationService/AcceptApplication", Submitted(unit_), clerk_, accept));
  SetDay(3, 17);
  Made(Move<v1::CloseReviewRoundSubmissionsRequest>(
      "ReviewRoundService/CloseReviewRoundSubmissions", Round(), clerk_));
  Made(Move<v1::StartReviewRoundEvaluationRequest>("ReviewRoundService/StartReviewRoundEvaluation",
                                                   Round(), clerk_));
  const auto started = Made(Move<v1::StartApplicationEvaluationRequest>(
      "ApplicationService/StartApplicationEvaluation", accepted, clerk_));
  std::vector<v1::ScoreSheet> sheets;
  for (const std::string& reviewer : reviewers_) {
    sheets.push_back(SubmittedSheet(started, reviewer, 4000));
  }
  const auto get = [&](const std::string& caller) {
    v1::GetScoreSheetRequest request;
    request.set_name(sheets[0].name());
    return Call<v1::ScoreSheet>("ScoreSheetService/GetScoreSheet", request, caller).status().code();
  };
  const auto count = [&](const std::string& caller) {
    return Made(Call<v1::ListScoreSheetsResponse>("ScoreSheetService/ListScoreSheets",
                                                  v1::ListScoreSheetsRequest(), caller))
        .score_sheets_size();
  };
  EXPECT_EQ(get(reviewers_[0]), absl::StatusCode::kOk);
  EXPECT_EQ(get(reviewers_[1]), absl::StatusCode::kNotFound);
  EXPECT_EQ(get(head_), absl::StatusCode::kNotFound);
  EXPECT_EQ(count(reviewers_[1]), 1);
  EXPECT_EQ(count(head_), 0);
  EXPECT_EQ(Move<v1::RecallScoreSheetRequest>("ScoreSheetService/RecallScoreSheet", sheets[0],
                                              reviewers_[1])
                .status()
                .code(),
            absl::StatusCode::kNotFound);
  Made(Move<v1::LockApplicationScoresRequest>("ApplicationService/LockApplicationScores", started,
                                              clerk_));
  EXPECT_EQ(get(reviewers_[1]), absl::StatusCode::kOk);
  EXPECT_EQ(count(head_), 3);
}

TEST_F(ReviewYear, AnExplainedScoreIsTheOneThatWasKept) {
  const auto scored = Scored({Submitted(unit_)});
  v1::ExplainApplicationScoreRequest request;
  request.set_name(scored[0].name());
  const auto explained = Made(Call<v1::ExplainApplicationScoreResponse>(
      "ApplicationService/ExplainApplicationScore", request, clerk_));
  EXPECT_TRUE(explained.agrees());
  EXPECT_EQ(explained.score_sheets_size(), 3);
  EXPECT_EQ(explained.score().centipoints(), scored[0].score_centipoints());
  EXPECT_EQ(explained.placing(), 1);
  EXPECT_EQ(explained.score().extremes_rule(), "去掉1个最高分和1个最低分");
}

TEST_F(ReviewYear, DashboardsSeeRoundsApplicationsAndTitles) {
  Submitted(unit_);
  Draft(other_unit_);
  const auto registry = std::make_shared<metrics::Registry>("review", "test");
  ReviewMetrics metrics(*registry);
  ASSERT_TRUE(metrics.Count(*service_.database().Open(), absl::CivilDay(2025, 3, 10)).ok());
  const std::string shown = registry->Render();
  for (const char* line : {R"(review_rounds{state="open"} 1)",
                           R"(review_applications{division="3301",state="submitted"} 1)",
                           R"(review_applications{division="3301",state="draft"} 1)"}) {
    EXPECT_THAT(shown, testing::HasSubstr(line));
  }
  const std::string described = registry->Describe();
  for (const char* line :
       {"gauge review_rounds{state}", "gauge review_applications{division,state}",
        "gauge review_titles{division,state}", "gauge review_objections_overdue{division}"}) {
    EXPECT_THAT(described, testing::HasSubstr(line));
  }
}

}  // namespace
}  // namespace qinglian::review
