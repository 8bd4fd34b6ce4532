// The methods of qinglian.review.v1.ScoreSheetService.
#ifndef QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/score_sheet_service.pb.h"
#include "services/review/application_store.h"
#include "services/review/registry.h"
#include "services/review/review_round_store.h"
#include "services/review/rubric_store.h"
#include "services/review/score_sheet_rules.h"
#include "services/review/score_sheet_store.h"

namespace qinglian::review {

// Every write locks the round and the application before the sheet. Thread-safe; outlives the
// server.
class ScoreSheetService {
 public:
  explicit ScoreSheetService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ScoreSheetStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::ScoreSheet> Get(rpc::Call& call, mysql::Connection& connection,
                                     const v1::GetScoreSheetRequest& request);
  absl::StatusOr<v1::ListScoreSheetsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                   const v1::ListScoreSheetsRequest& request);
  absl::StatusOr<v1::ScoreSheet> Create(journal::Transaction& tx,
                                        const v1::CreateScoreSheetRequest& request);
  absl::StatusOr<v1::ScoreSheet> Update(journal::Transaction& tx,
                                        const v1::UpdateScoreSheetRequest& request);
  absl::StatusOr<v1::ScoreSheet> Submit(journal::Transaction& tx,
                                        const v1::SubmitScoreSheetRequest& request);
  absl::StatusOr<v1::ScoreSheet> Recall(journal::Transaction& tx,
                                        const v1::RecallScoreSheetRequest& request);

  // A sheet, its application and round, all locked, and what is known of its reviewer.
  struct Locked {
    v1::ReviewRound round;
    v1::Application application;
    v1::ScoreSheet sheet;
    ScoreFacts facts;
  };
  absl::StatusOr<Locked> LockApplication(journal::Transaction& tx, const std::string& application);
  // NOT_FOUND where the caller is not the reviewer.
  absl::StatusOr<Locked> LockAll(journal::Transaction& tx, const std::string& name,
                                 const std::string& etag);

  const serving::Environment& environment_;
  ScoreSheetStore store_;
  ApplicationStore applications_;
  ReviewRoundStore rounds_;
  RubricStore rubrics_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_SCORE_SHEET_SERVICE_H_
