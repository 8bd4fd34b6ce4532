// The methods of qinglian.review.v1.ProgrammeService.
#ifndef QINGLIAN_SERVICES_REVIEW_PROGRAMME_SERVICE_H_
#define QINGLIAN_SERVICES_REVIEW_PROGRAMME_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/review/v1/programme_service.pb.h"
#include "services/review/programme_store.h"
#include "services/review/registry.h"

namespace qinglian::review {

// Thread-safe; outlives the server.
class ProgrammeService {
 public:
  explicit ProgrammeService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ProgrammeStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::Programme> Get(rpc::Call& call, mysql::Connection& connection,
                                    const v1::GetProgrammeRequest& request);
  absl::StatusOr<v1::ListProgrammesResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::ListProgrammesRequest& request);
  absl::StatusOr<v1::Programme> Create(journal::Transaction& tx,
                                       const v1::CreateProgrammeRequest& request);
  absl::StatusOr<v1::Programme> Update(journal::Transaction& tx,
                                       const v1::UpdateProgrammeRequest& request);
  absl::StatusOr<v1::Programme> Delete(journal::Transaction& tx,
                                       const v1::DeleteProgrammeRequest& request);
  absl::StatusOr<v1::Programme> Open(journal::Transaction& tx,
                                     const v1::OpenProgrammeRequest& request);
  absl::StatusOr<v1::Programme> Close(journal::Transaction& tx,
                                      const v1::CloseProgrammeRequest& request);

  absl::Status CheckReferences(journal::Transaction& tx, const v1::Programme& programme);

  const serving::Environment& environment_;
  ProgrammeStore store_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_PROGRAMME_SERVICE_H_
