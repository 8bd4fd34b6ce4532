// The methods of qinglian.organization.v1.OrganizationService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "services/organization/organization_changes.h"
#include "services/organization/organization_search.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class OrganizationService {
 public:
  explicit OrganizationService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const OrganizationStore& store() const { return store_; }

  // Folds what changes added to the counts.
  serving::ClockTask CountTask();

  // Writes anew by what organizations are searched that a migration left to it.
  serving::ClockTask NameTask();

 private:
  absl::StatusOr<v1::Organization> Get(rpc::Call& call, mysql::Connection& connection,
                                       const v1::GetOrganizationRequest& request);
  absl::StatusOr<v1::Organization> Lookup(rpc::Call& call, mysql::Connection& connection,
                                          const v1::LookupOrganizationRequest& request);
  absl::StatusOr<v1::ListOrganizationsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                     const v1::ListOrganizationsRequest& request);
  absl::StatusOr<v1::SearchOrganizationsResponse> Search(
      rpc::Call& call, mysql::Connection& connection,
      const v1::SearchOrganizationsRequest& request);
  absl::StatusOr<v1::GetOrganizationAncestorsResponse> Ancestors(
      rpc::Call& call, mysql::Connection& connection,
      const v1::GetOrganizationAncestorsRequest& request);
  absl::StatusOr<v1::OrganizationStatistics> Statistics(
      rpc::Call& call, mysql::Connection& connection,
      const v1::GetOrganizationStatisticsRequest& request);
  // Adds how many worked for each division of a level.
  static absl::Status AddByDivision(mysql::Connection& connection, const std::string& id,
                                    const v1::Organization& root, v1::Division::Level level,
                                    v1::OrganizationStatistics& statistics);
  absl::StatusOr<v1::ListOrganizationVersionsResponse> ListVersions(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListOrganizationVersionsRequest& request);
  absl::Status Import(rpc::Call& call, rpc::Reader<v1::ImportOrganizationsRequest>& requests,
                      rpc::Writer<v1::ImportOrganizationsResponse>& responses);

  const serving::Environment& environment_;
  OrganizationStore store_;
  OrganizationChanges changes_{store_};
  OrganizationSearch search_{store_};
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_SERVICE_H_
