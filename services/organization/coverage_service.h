// The methods of qinglian.organization.v1.CoverageService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/coverage_service.pb.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class CoverageService {
 public:
  explicit CoverageService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }

  // Counts what has changed.
  serving::ClockTask FollowTask();

 private:
  absl::StatusOr<v1::Coverage> Get(rpc::Call& call, mysql::Connection& connection,
                                   const v1::GetCoverageRequest& request);
  absl::StatusOr<v1::ListCoverageGapsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::ListCoverageGapsRequest& request);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_SERVICE_H_
