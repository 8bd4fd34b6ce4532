// The methods of qinglian.organization.v1.SealingService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_SEALING_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_SEALING_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/seal/sealed_values.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/sealing_service.pb.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class SealingService {
 public:
  // `sealed_values` outlives it.
  SealingService(const serving::Environment& environment, const seal::SealedValues& sealed_values);

  resource::Methods& methods() { return methods_; }

 private:
  absl::StatusOr<v1::SealingStatus> Status(rpc::Call& call, mysql::Connection& connection,
                                           const v1::GetSealingStatusRequest& request);
  absl::StatusOr<v1::RotateSealingKeysResponse> Rotate(journal::Transaction& tx,
                                                       const v1::RotateSealingKeysRequest& request);

  const seal::SealedValues& sealed_values_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_SEALING_SERVICE_H_
