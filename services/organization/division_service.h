// The methods of qinglian.organization.v1.DivisionService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/division_service.pb.h"
#include "services/organization/division_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class DivisionService {
 public:
  explicit DivisionService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const DivisionStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::Division> Get(rpc::Call& call, mysql::Connection& connection,
                                   const v1::GetDivisionRequest& request);
  absl::StatusOr<v1::ListDivisionsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                 const v1::ListDivisionsRequest& request);
  absl::StatusOr<v1::ImportDivisionsResponse> Import(journal::Transaction& tx,
                                                     const v1::ImportDivisionsRequest& request);

  absl::StatusOr<v1::OrganizationStatistics> Statistics(
      rpc::Call& call, mysql::Connection& connection,
      const v1::GetDivisionStatisticsRequest& request);
  absl::StatusOr<v1::OrganizationStatistics> StatisticsIn(mysql::Connection& connection,
                                                          const std::string& division,
                                                          absl::CivilDay day);

  absl::Status CheckParentsExist(mysql::Connection& connection,
                                 const v1::ImportDivisionsRequest& request);

  const serving::Environment& environment_;
  DivisionStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_SERVICE_H_
