// The methods of qinglian.review.v1.ObjectionService.
#ifndef QINGLIAN_SERVICES_REVIEW_OBJECTION_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_OBJECTION_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/objection_service.pb.h"
#include "services/review/application_store.h"
#include "services/review/objection_store.h"
#include "services/review/registry.h"
#include "services/review/review_round_store.h"

namespace qinglian::review {

// Every write locks the round and the application before the objection. Thread-safe; outlives the
// server.
class ObjectionService {
 public:
  explicit ObjectionService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ObjectionStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::Objection> Get(rpc::Call& call, mysql::Connection& connection,
                                    const v1::GetObjectionRequest& request);
  absl::StatusOr<v1::ListObjectionsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::ListObjectionsRequest& request);
  absl::StatusOr<v1::Objection> File(journal::Transaction& tx,
                                     const v1::FileObjectionRequest& request);
  absl::StatusOr<v1::Objection> Admit(journal::Transaction& tx,
                                      const v1::AdmitObjectionRequest& request);
  absl::StatusOr<v1::Objection> Dismiss(journal::Transaction& tx,
                                        const v1::DismissObjectionRequest& request);
  absl::StatusOr<v1::Objection> Investigate(journal::Transaction& tx,
                                            const v1::InvestigateObjectionRequest& request);
  absl::StatusOr<v1::Objection> Extend(journal::Transaction& tx,
                                       const v1::ExtendObjectionRequest& request);
  absl::StatusOr<v1::Objection> Sustain(journal::Transaction& tx,
                                        const v1::SustainObjectionRequest& request);
  absl::StatusOr<v1::Objection> Reject(journal::Transaction& tx,
                                       const v1::RejectObjectionRequest& request);
  absl::StatusOr<v1::Objection> Close(journal::Transaction& tx,
                                      const v1::CloseObjectionRequest& request);
  absl::StatusOr<v1::Objection> Withdraw(journal::Transaction& tx,
                                         const v1::WithdrawObjectionRequest& request);
  absl::StatusOr<v1::Objection> ReportFindings(journal::Transaction& tx,
                                               const v1::ReportObjectionFindingsRequest& request);

  // An objection, its application and round, all locked, and the caller.
  struct Locked {
    v1::ReviewRound round;
    v1::Application application;
    v1::Objection objection;
    Step step;
  };
  absl::StatusOr<Locked> LockAll(journal::Transaction& tx, const std::string& name,
                                 const std::string& etag);
  absl::Status DisqualifyCandidate(journal::Transaction& tx, const Locked& locked,
                                   const std::string& reason);

  const serving::Environment& environment_;
  ObjectionStore store_;
  ApplicationStore applications_;
  ReviewRoundStore rounds_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_OBJECTION_SERVICE_H_
