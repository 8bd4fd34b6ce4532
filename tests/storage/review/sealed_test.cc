// No reviewer learns the marks of another before they are locked: not by a method, not from the
// history, not from the feed.
#include "common/journal/history.h"
#include "gmock/gmock.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ScoreSheet;

class ReviewSealed : public ReviewTest {
 protected:
  // Accepted and before the panel.
  Application UnderEvaluation() {
    v1::AcceptApplicationRequest accept;
    accept.set_examination("齐全");
    const auto accepted =
        Made(Move("ApplicationService/AcceptApplication", Submitted(unit_), clerk_, accept));
    SetDay(3, 17);
    Made(Move<v1::CloseReviewRoundSubmissionsRequest>(
        "ReviewRoundService/CloseReviewRoundSubmissions", Round(), clerk_));
    Made(Move<v1::StartReviewRoundEvaluationRequest>(
        "ReviewRoundService/StartReviewRoundEvaluation", Round(), clerk_));
    return Made(Move<v1::StartApplicationEvaluationRequest>(
        "ApplicationService/StartApplicationEvaluation", accepted, clerk_));
  }

  absl::StatusOr<ScoreSheet> Get(const std::string& sheet, const std::string& caller) {
    v1::GetScoreSheetRequest request;
    request.set_name(sheet);
    return Call<ScoreSheet>("ScoreSheetService/GetScoreSheet", request, caller);
  }

  int Listed(const std::string& caller) {
    return Made(Call<v1::ListScoreSheetsResponse>("ScoreSheetService/ListScoreSheets",
                                                  v1::ListScoreSheetsRequest(), caller))
        .score_sheets_size();
  }

  // The sheet as each row of its history shows it, the newest first. What the feed sends is made
  // from the same rows.
  std::vector<ScoreSheet> History(const std::string& sheet) {
    journal::v1::ListHistoryRequest request;
    request.set_name(sheet);
    const auto connection = service_.database().Open();
    const auto history = journal::History("a key for the history of tests")
                             .List(*connection, access::Scope(), request);
    EXPECT_TRUE(history.ok()) << history.status();
    std::vector<ScoreSheet> images;
    for (const auto& change : history->changes()) change.after().UnpackTo(&images.emplace_back());
    return images;
  }

  // The sheets as a snapshot of the feed sends them.
  std::vector<ScoreSheet> Snapshot() {
    std::vector<ScoreSheet> images;
    const auto connection = service_.database().Open();
    for (const journal::SnapshotSource& source : service_.app().snapshots()) {
      if (source.kind != ScoreSheet::descriptor()->full_name()) continue;
      const auto page = source.read(*connection, "", 100);
      EXPECT_TRUE(page.ok()) << page.status();
      for (const auto& change : page->changes) change.after().UnpackTo(&images.emplace_back());
    }
    return images;
  }
};

MATCHER(TellsNothing, "says nothing of its marks") {
  return arg.marks().empty() && arg.remark().empty() && !arg.has_total_centipoints() &&
         !arg.reviewer().empty();
}

TEST_F(ReviewSealed, MarksAreNobodysButTheirReviewersUntilTheyAreLocked) {
  const Application application = UnderEvaluation();
  const ScoreSheet sheet = SubmittedSheet(application, reviewers_[0], 4800);
  ASSERT_EQ(sheet.marks_size(), 2);
  EXPECT_EQ(Made(Get(sheet.name(), reviewers_[0])).total_centipoints(), 9600);
  for (const std::string& other : {reviewers_[1], clerk_, head_, applicants_[unit_]}) {
    EXPECT_TRUE(absl::IsNotFound(Get(sheet.name(), other).status()));
    EXPECT_EQ(Listed(other), 0);
  }
  const std::vector<ScoreSheet> history = History(sheet.name());
  EXPECT_EQ(history.size(), 2u);
  EXPECT_THAT(history, testing::Each(TellsNothing()));
  EXPECT_EQ(history.front().state(), ScoreSheet::STATE_SUBMITTED);
  EXPECT_THAT(Snapshot(), testing::ElementsAre(TellsNothing()));

  SubmittedSheet(application, reviewers_[1], 4900);
  SubmittedSheet(application, reviewers_[2], 4700);
  Made(Move<v1::LockApplicationScoresRequest>("ApplicationService/LockApplicationScores",
                                              application, clerk_));
  EXPECT_EQ(Made(Get(sheet.name(), reviewers_[1])).total_centipoints(), 9600);
  EXPECT_EQ(Listed(reviewers_[1]), 3);
  const std::vector<ScoreSheet> revealed = History(sheet.name());
  ASSERT_EQ(revealed.size(), 3u);
  EXPECT_EQ(revealed[0].total_centipoints(), 9600);
  EXPECT_THAT(revealed[1], TellsNothing()) << "what was written stays";
  EXPECT_THAT(Snapshot(), testing::Each(testing::Not(TellsNothing())));
}

TEST_F(ReviewSealed, ARepeatedRequestIsAnsweredWithTheMarksAllTheSame) {
  const Application application = UnderEvaluation();
  v1::CreateScoreSheetRequest request;
  request.set_request_id(test::RequestId());
  request.mutable_score_sheet()->set_application(application.name());
  auto& mark = *request.mutable_score_sheet()->add_marks();
  mark.set_indicator("1");
  mark.set_centipoints(4800);
  const auto create = [&] {
    return Made(Call<ScoreSheet>("ScoreSheetService/CreateScoreSheet", request, reviewers_[0]));
  };
  const ScoreSheet first = create();
  const ScoreSheet again = create();
  EXPECT_EQ(again.name(), first.name());
  ASSERT_EQ(again.marks_size(), 1);
  EXPECT_EQ(again.marks(0).centipoints(), 4800);
}

TEST_F(ReviewSealed, NobodyLearnsByAnEditThatThereIsASheet) {
  const ScoreSheet sheet = SubmittedSheet(UnderEvaluation(), reviewers_[0], 4800);
  v1::UpdateScoreSheetRequest update;
  update.mutable_score_sheet()->set_name(sheet.name());
  update.mutable_score_sheet()->set_remark("改动");
  update.set_etag("\"1\"");
  EXPECT_TRUE(absl::IsNotFound(
      Call<ScoreSheet>("ScoreSheetService/UpdateScoreSheet", update, reviewers_[1]).status()));
  EXPECT_TRUE(absl::IsNotFound(
      Move<v1::RecallScoreSheetRequest>("ScoreSheetService/RecallScoreSheet", sheet, reviewers_[1])
          .status()));
}

}  // namespace
}  // namespace qinglian::review
