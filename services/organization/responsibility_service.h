// The methods of qinglian.organization.v1.ResponsibilityService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/post.pb.h"
#include "qinglian/organization/v1/responsibility_service.pb.h"
#include "services/organization/assignment_store.h"
#include "services/organization/organization_store.h"
#include "services/organization/responsibility_rules.h"
#include "services/organization/responsibility_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class ResponsibilityService {
 public:
  explicit ResponsibilityService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::Responsibility>& store() const { return store_; }

 private:
  absl::StatusOr<v1::Responsibility> Get(rpc::Call& call, mysql::Connection& connection,
                                         const v1::GetResponsibilityRequest& request);
  absl::StatusOr<v1::ListResponsibilitiesResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListResponsibilitiesRequest& request);
  absl::StatusOr<v1::ResponsibilityChain> GetChain(
      rpc::Call& call, mysql::Connection& connection,
      const v1::GetResponsibilityChainRequest& request);
  absl::StatusOr<v1::Responsibility> Create(journal::Transaction& tx,
                                            const v1::CreateResponsibilityRequest& request);
  absl::StatusOr<v1::Responsibility> Update(journal::Transaction& tx,
                                            const v1::UpdateResponsibilityRequest& request);
  absl::StatusOr<v1::Responsibility> End(journal::Transaction& tx,
                                         const v1::EndResponsibilityRequest& request);

  // Locks what a responsibility refers to, so that it does not end meanwhile.
  absl::Status CheckReferences(journal::Transaction& tx, const v1::Responsibility& responsibility,
                               const ResponsibilityTransition& transition);
  // A post, and by what it was held on a day.
  absl::StatusOr<v1::ResponsibilityChain::Link> LinkOf(rpc::Call& call,
                                                       mysql::Connection& connection,
                                                       const std::string& post, absl::CivilDay day);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  ResponsibilityStore store_;
  resource::Store<v1::Post> posts_;
  AssignmentStore assignments_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_SERVICE_H_
