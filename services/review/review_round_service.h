// The methods of qinglian.review.v1.ReviewRoundService.
#ifndef QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/review_round_service.pb.h"
#include "services/review/application_store.h"
#include "services/review/programme_store.h"
#include "services/review/registry.h"
#include "services/review/review_round_store.h"
#include "services/review/rubric_store.h"
#include "services/review/score_sheet_store.h"

namespace qinglian::review {

// Thread-safe; outlives the server.
class ReviewRoundService {
 public:
  explicit ReviewRoundService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ReviewRoundStore& store() const { return store_; }

  // Ends notices whose last day has passed.
  serving::ClockTask NoticeTask();

 private:
  absl::StatusOr<v1::ReviewRound> Get(rpc::Call& call, mysql::Connection& connection,
                                      const v1::GetReviewRoundRequest& request);
  absl::StatusOr<v1::ListReviewRoundsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::ListReviewRoundsRequest& request);
  absl::StatusOr<v1::ReviewRound> Create(journal::Transaction& tx,
                                         const v1::CreateReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> Update(journal::Transaction& tx,
                                         const v1::UpdateReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> Delete(journal::Transaction& tx,
                                         const v1::DeleteReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> Open(journal::Transaction& tx,
                                       const v1::OpenReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> Decide(journal::Transaction& tx,
                                         const v1::DecideReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> Archive(journal::Transaction& tx,
                                          const v1::ArchiveReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> Cancel(journal::Transaction& tx,
                                         const v1::CancelReviewRoundRequest& request);
  absl::StatusOr<v1::ReviewRound> DeclareConflicts(
      journal::Transaction& tx, const v1::DeclareReviewRoundConflictsRequest& request);
  absl::StatusOr<v1::ReviewRound> ExtendSubmissions(
      journal::Transaction& tx, const v1::ExtendReviewRoundSubmissionsRequest& request);
  absl::StatusOr<v1::ReviewRound> CloseSubmissions(
      journal::Transaction& tx, const v1::CloseReviewRoundSubmissionsRequest& request);
  absl::StatusOr<v1::ReviewRound> StartEvaluation(
      journal::Transaction& tx, const v1::StartReviewRoundEvaluationRequest& request);
  absl::StatusOr<v1::ReviewRound> LockScores(journal::Transaction& tx,
                                             const v1::LockReviewRoundScoresRequest& request);
  absl::StatusOr<v1::ReviewRound> ProposeCandidates(
      journal::Transaction& tx, const v1::ProposeReviewRoundCandidatesRequest& request);
  absl::StatusOr<v1::ReviewRound> ApproveCandidates(
      journal::Transaction& tx, const v1::ApproveReviewRoundCandidatesRequest& request);
  absl::StatusOr<v1::ReviewRound> ReturnCandidates(
      journal::Transaction& tx, const v1::ReturnReviewRoundCandidatesRequest& request);
  absl::StatusOr<v1::ReviewRound> PublishNotice(journal::Transaction& tx,
                                                const v1::PublishReviewRoundNoticeRequest& request);
  absl::StatusOr<v1::ReviewRound> RenewNotice(journal::Transaction& tx,
                                              const v1::RenewReviewRoundNoticeRequest& request);
  absl::StatusOr<v1::ReviewRound> EndNotice(journal::Transaction& tx,
                                            const v1::EndReviewRoundNoticeRequest& request);

  absl::Status CheckReferences(journal::Transaction& tx, const v1::ReviewRound& round);
  // Ranks the applications of each group that have a score.
  absl::Status Place(journal::Transaction& tx, const v1::ReviewRound& round);
  // Puts the short-listed applications on notice.
  absl::Status PublishAll(journal::Transaction& tx,
                          const std::vector<v1::Application>& shortlisted);
  absl::StatusOr<v1::ReviewRound> EndNoticeOf(journal::Transaction& tx,
                                              const v1::ReviewRound& before);
  absl::Status EndNotices(mysql::Session& session);

  const serving::Environment& environment_;
  ReviewRoundStore store_;
  ProgrammeStore programmes_;
  RubricStore rubrics_;
  ApplicationStore applications_;
  ScoreSheetStore sheets_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_SERVICE_H_
