// Visits to applicants and hearings of them, in rounds that want them before scores are locked.
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "tests/storage/review/fixture.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::ReviewRound;

class ReviewVisit : public ReviewTest {
 protected:
  ReviewVisit() { round_ = OpenRound(true).name(); }

  // On site on 17 March, the day the scoring begins, by a clerk and a reviewer.
  v1::RecordSiteVisitRequest Visit() {
    v1::RecordSiteVisitRequest request;
    *request.mutable_visit_date() = clock::ToDate(absl::CivilDay(2025, 3, 17));
    request.set_kind(Application::SiteVisit::KIND_ON_SITE);
    request.add_visitors(clerk_);
    request.add_visitors(reviewers_[0]);
    request.set_summary("查阅台账，走访科室");
    return request;
  }
  absl::StatusOr<Application> Record(const Application& application,
                                     const v1::RecordSiteVisitRequest& request,
                                     const std::string& caller) {
    return Move("ApplicationService/RecordSiteVisit", application, caller, request);
  }
  absl::StatusOr<Application> Lock(const Application& application) {
    return Move<v1::LockApplicationScoresRequest>("ApplicationService/LockApplicationScores",
                                                  application, clerk_);
  }
  absl::StatusOr<ReviewRound> LockRound() {
    return Move<v1::LockReviewRoundScoresRequest>("ReviewRoundService/LockReviewRoundScores",
                                                  Round(), clerk_);
  }
};

TEST_F(ReviewVisit, ScoresAreLockedAfterEveryApplicationWasVisited) {
  Application started = UnderEvaluation({Submitted(unit_)}).front();
  for (const std::string& reviewer : reviewers_) SubmittedSheet(started, reviewer, 4800);
  EXPECT_THAT(Waiting(clerk_), testing::Contains("RecordSiteVisit"));
  EXPECT_THAT(Waiting(applicants_[unit_]), testing::Not(testing::Contains("RecordSiteVisit")));
  EXPECT_EQ(GuardOf(Lock(started).status()), "SITE_VISITED");
  EXPECT_EQ(GuardOf(LockRound().status()), "SITE_VISITS_DONE");
  started = Made(Record(started, Visit(), clerk_));
  EXPECT_EQ(started.state(), Application::STATE_UNDER_EVALUATION);
  EXPECT_THAT(Waiting(clerk_), testing::Not(testing::Contains("RecordSiteVisit")));
  EXPECT_EQ(GuardOf(LockRound().status()), "ALL_SCORED");
  Made(Lock(started));
  Made(LockRound());
  const Application scored = Read(started);
  ASSERT_EQ(scored.site_visits_size(), 1);
  EXPECT_THAT(scored.site_visits(0).visitors(), testing::ElementsAre(clerk_, reviewers_[0]));
  EXPECT_EQ(scored.site_visits(0).kind(), Application::SiteVisit::KIND_ON_SITE);
  EXPECT_EQ(scored.site_visits(0).recorder(), clerk_);
  EXPECT_TRUE(scored.site_visits(0).has_record_time());
  EXPECT_EQ(*clock::ToDay(scored.last_visit_date()), absl::CivilDay(2025, 3, 17));
}

TEST_F(ReviewVisit, WhetherARoundWantsVisitsIsEditedWhileItIsPlanned) {
  v1::UpdateReviewRoundRequest request;
  request.mutable_review_round()->set_name(round_);
  request.mutable_update_mask()->add_paths("site_visit_required");
  const auto edit = [&] {
    return Call<ReviewRound>("ReviewRoundService/UpdateReviewRound", request, clerk_).status();
  };
  EXPECT_EQ(status::ReasonOf(edit()), "TRANSITION_NOT_ALLOWED");
  EXPECT_TRUE(Round().site_visit_required());
  service_.database().Run("UPDATE review_rounds SET state = 'STATE_PLANNED'");
  EXPECT_TRUE(edit().ok());
  EXPECT_FALSE(Round().site_visit_required());
}

TEST_F(ReviewVisit, AnApplicationThatEndedIsNotWaitedFor) {
  const auto started = UnderEvaluation({Submitted(unit_), Submitted(other_unit_)});
  for (const std::string& reviewer : reviewers_) SubmittedSheet(started[0], reviewer, 4800);
  Made(Lock(Made(Record(started[0], Visit(), clerk_))));
  EXPECT_EQ(GuardOf(LockRound().status()), "SITE_VISITS_DONE");
  v1::WithdrawApplicationRequest withdraw;
  withdraw.set_reason("撤回");
  Made(Move("ApplicationService/WithdrawApplication", started[1], applicants_[other_unit_],
            withdraw));
  EXPECT_TRUE(LockRound().ok());
}

TEST_F(ReviewVisit, AVisitThatIsSentTwiceIsRecordedOnceAndAnotherOneBesideIt) {
  const Application started = UnderEvaluation({Submitted(unit_)}).front();
  v1::RecordSiteVisitRequest request = Visit();
  request.set_request_id(test::RequestId());
  const Application once = Made(Record(started, request, clerk_));
  EXPECT_EQ(Made(Record(started, request, clerk_)).etag(), once.etag());
  EXPECT_EQ(Read(started).site_visits_size(), 1);
  v1::RecordSiteVisitRequest hearing = Visit();
  hearing.set_kind(Application::SiteVisit::KIND_HEARING);
  EXPECT_EQ(Made(Record(once, hearing, head_)).site_visits_size(), 2);
}

TEST_F(ReviewVisit, WhoIsInvolvedNeitherVisitsNorRecordsIt) {
  v1::DeclareReviewRoundConflictsRequest declare;
  declare.add_organizations(unit_);
  Made(Move("ReviewRoundService/DeclareReviewRoundConflicts", Round(), reviewers_[1], declare));
  const Application started = UnderEvaluation({Submitted(unit_)}).front();
  EXPECT_EQ(GuardOf(Record(started, Visit(), applicants_[unit_]).status()), "ORGANIZER_SIDE");
  for (const std::string& involved : {applicants_[unit_], reviewers_[1]}) {
    v1::RecordSiteVisitRequest request = Visit();
    request.set_visitors(1, involved);
    EXPECT_EQ(GuardOf(Record(started, request, clerk_).status()), "VISITORS_NOT_INVOLVED");
  }
  v1::RecordSiteVisitRequest ahead = Visit();
  *ahead.mutable_visit_date() = clock::ToDate(absl::CivilDay(2025, 3, 18));
  EXPECT_EQ(GuardOf(Record(started, ahead, clerk_).status()), "VISIT_MADE");
}

TEST_F(ReviewVisit, AVisitNamesTwoWhoAreKnownItsKindAndOnlyEvidenceThatIsThere) {
  const Application started = UnderEvaluation({Submitted(unit_)}).front();
  const auto unknown = [&](const v1::RecordSiteVisitRequest& request, const std::string& field) {
    const absl::Status refused = Record(started, request, clerk_).status();
    EXPECT_EQ(status::ReasonOf(refused), "REFERENCE_NOT_FOUND") << refused;
    EXPECT_EQ(status::MetadataOf(refused, "field"), field);
  };
  v1::RecordSiteVisitRequest stranger = Visit();
  stranger.set_visitors(1, NewName("persons"));
  unknown(stranger, "visitors");
  v1::RecordSiteVisitRequest unproven = Visit();
  unproven.add_evidence_digests(std::string(64, 'b'));
  unknown(unproven, "evidence_digests");
  v1::RecordSiteVisitRequest alone = Visit();
  alone.mutable_visitors()->RemoveLast();
  v1::RecordSiteVisitRequest unsaid = Visit();
  unsaid.clear_kind();
  v1::RecordSiteVisitRequest silent = Visit();
  silent.clear_summary();
  v1::RecordSiteVisitRequest undated = Visit();
  undated.clear_visit_date();
  for (const auto& request : {alone, unsaid, silent, undated}) {
    EXPECT_EQ(Record(started, request, clerk_).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace qinglian::review
