// The methods of qinglian.review.v1.RubricService.
#ifndef QINGLIAN_SERVICES_REVIEW_RUBRIC_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_RUBRIC_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/rubric_service.pb.h"
#include "services/review/programme_store.h"
#include "services/review/registry.h"
#include "services/review/rubric_store.h"

namespace qinglian::review {

// Thread-safe; outlives the server.
class RubricService {
 public:
  explicit RubricService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const RubricStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::Rubric> Get(rpc::Call& call, mysql::Connection& connection,
                                 const v1::GetRubricRequest& request);
  absl::StatusOr<v1::ListRubricsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                               const v1::ListRubricsRequest& request);
  absl::StatusOr<v1::Rubric> Create(journal::Transaction& tx,
                                    const v1::CreateRubricRequest& request);
  absl::StatusOr<v1::Rubric> Update(journal::Transaction& tx,
                                    const v1::UpdateRubricRequest& request);
  absl::StatusOr<v1::Rubric> Delete(journal::Transaction& tx,
                                    const v1::DeleteRubricRequest& request);
  absl::StatusOr<v1::Rubric> Freeze(journal::Transaction& tx,
                                    const v1::FreezeRubricRequest& request);

  const serving::Environment& environment_;
  RubricStore store_;
  ProgrammeStore programmes_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_RUBRIC_SERVICE_H_
