// The methods of qinglian.review.v1.TitleService.
#ifndef QINGLIAN_SERVICES_REVIEW_TITLE_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_TITLE_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/title_service.pb.h"
#include "services/review/application_store.h"
#include "services/review/objection_store.h"
#include "services/review/programme_store.h"
#include "services/review/registry.h"
#include "services/review/review_round_store.h"
#include "services/review/title_store.h"

namespace qinglian::review {

// Thread-safe; outlives the server.
class TitleService {
 public:
  explicit TitleService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const TitleStore& store() const { return store_; }

  // Ends titles whose last day has passed.
  serving::ClockTask ExpiryTask();

 private:
  absl::StatusOr<v1::Title> Get(rpc::Call& call, mysql::Connection& connection,
                                const v1::GetTitleRequest& request);
  absl::StatusOr<v1::ListTitlesResponse> List(rpc::Call& call, mysql::Connection& connection,
                                              const v1::ListTitlesRequest& request);
  absl::StatusOr<v1::Title> Confer(journal::Transaction& tx, const v1::ConferTitleRequest& request);
  absl::StatusOr<v1::Title> Suspend(journal::Transaction& tx,
                                    const v1::SuspendTitleRequest& request);
  absl::StatusOr<v1::Title> Reinstate(journal::Transaction& tx,
                                      const v1::ReinstateTitleRequest& request);
  absl::StatusOr<v1::Title> Revoke(journal::Transaction& tx, const v1::RevokeTitleRequest& request);
  absl::StatusOr<v1::Title> Expire(journal::Transaction& tx, const v1::ExpireTitleRequest& request);

  absl::StatusOr<Step> StepOn(journal::Transaction& tx, const v1::Title& title);
  absl::StatusOr<bool> VetoedNow(journal::Transaction& tx, const v1::Programme& programme,
                                 const std::string& organization);
  absl::StatusOr<std::string> NextNumber(journal::Transaction& tx, const v1::Programme& programme);
  absl::Status ExpireAll(mysql::Session& session);

  const serving::Environment& environment_;
  TitleStore store_;
  ApplicationStore applications_;
  ReviewRoundStore rounds_;
  ProgrammeStore programmes_;
  ObjectionStore objections_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_TITLE_SERVICE_H_
