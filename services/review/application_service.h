// The methods of qinglian.review.v1.ApplicationService.
#ifndef QINGLIAN_SERVICES_REVIEW_APPLICATION_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_APPLICATION_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/application_service.pb.h"
#include "services/review/action_plan_store.h"
#include "services/review/application_store.h"
#include "services/review/objection_store.h"
#include "services/review/programme_store.h"
#include "services/review/registry.h"
#include "services/review/review_round_store.h"
#include "services/review/rubric_store.h"
#include "services/review/score_sheet_store.h"
#include "services/review/title_store.h"

namespace qinglian::review {

// Every write locks the round before the application. Thread-safe; outlives the server.
class ApplicationService {
 public:
  explicit ApplicationService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ApplicationStore& store() const { return store_; }

  // Withdraws applications that were not supplemented in time.
  serving::ClockTask SupplementTask();

 private:
  absl::StatusOr<v1::Application> Get(rpc::Call& call, mysql::Connection& connection,
                                      const v1::GetApplicationRequest& request);
  absl::StatusOr<v1::ListApplicationsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::ListApplicationsRequest& request);
  absl::StatusOr<v1::ExplainApplicationScoreResponse> ExplainScore(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ExplainApplicationScoreRequest& request);
  absl::StatusOr<v1::Application> Create(journal::Transaction& tx,
                                         const v1::CreateApplicationRequest& request);
  absl::StatusOr<v1::Application> Update(journal::Transaction& tx,
                                         const v1::UpdateApplicationRequest& request);
  absl::StatusOr<v1::Application> Delete(journal::Transaction& tx,
                                         const v1::DeleteApplicationRequest& request);
  absl::StatusOr<v1::Application> Submit(journal::Transaction& tx,
                                         const v1::SubmitApplicationRequest& request);
  absl::StatusOr<v1::Application> Resubmit(journal::Transaction& tx,
                                           const v1::ResubmitApplicationRequest& request);
  absl::StatusOr<v1::Application> Accept(journal::Transaction& tx,
                                         const v1::AcceptApplicationRequest& request);
  absl::StatusOr<v1::Application> Refuse(journal::Transaction& tx,
                                         const v1::RefuseApplicationRequest& request);
  absl::StatusOr<v1::Application> Shortlist(journal::Transaction& tx,
                                            const v1::ShortlistApplicationRequest& request);
  absl::StatusOr<v1::Application> PassOver(journal::Transaction& tx,
                                           const v1::PassOverApplicationRequest& request);
  absl::StatusOr<v1::Application> Confer(journal::Transaction& tx,
                                         const v1::ConferApplicationRequest& request);
  absl::StatusOr<v1::Application> Withdraw(journal::Transaction& tx,
                                           const v1::WithdrawApplicationRequest& request);
  absl::StatusOr<v1::Application> Disqualify(journal::Transaction& tx,
                                             const v1::DisqualifyApplicationRequest& request);
  absl::StatusOr<v1::Application> RequestSupplement(
      journal::Transaction& tx, const v1::RequestApplicationSupplementRequest& request);
  absl::StatusOr<v1::Application> StartEvaluation(
      journal::Transaction& tx, const v1::StartApplicationEvaluationRequest& request);
  absl::StatusOr<v1::Application> RecordSiteVisit(journal::Transaction& tx,
                                                  const v1::RecordSiteVisitRequest& request);
  absl::StatusOr<v1::Application> LockScores(journal::Transaction& tx,
                                             const v1::LockApplicationScoresRequest& request);

  // An application and the round it is in, both locked, and the caller.
  struct Locked {
    v1::ReviewRound round;
    v1::Application application;
    Step step;
  };
  absl::StatusOr<Locked> LockBoth(journal::Transaction& tx, const std::string& name,
                                  const std::string& etag);
  // REFERENCE_NOT_FOUND where the unit or a piece of evidence is not known.
  absl::Status CheckReferences(journal::Transaction& tx, const v1::Application& application);
  // The same where a visitor or a piece of evidence is not known.
  absl::Status CheckReferences(journal::Transaction& tx, const v1::RecordSiteVisitRequest& request);
  absl::Status LapseAll(mysql::Session& session);
  absl::Status LapseOne(journal::Transaction& tx, const std::string& name);
  absl::StatusOr<SubmitApplicationFacts> FactsToSubmit(journal::Transaction& tx,
                                                       const Locked& locked);
  absl::StatusOr<v1::Application> End(journal::Transaction& tx, const v1::Application& before,
                                      v1::Application after);

  const serving::Environment& environment_;
  ApplicationStore store_;
  ReviewRoundStore rounds_;
  ProgrammeStore programmes_;
  RubricStore rubrics_;
  ActionPlanStore plans_;
  ScoreSheetStore sheets_;
  ObjectionStore objections_;
  TitleStore titles_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_APPLICATION_SERVICE_H_
