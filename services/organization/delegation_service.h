// The methods of qinglian.organization.v1.DelegationService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DELEGATION_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DELEGATION_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/delegation_service.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/role_binding_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class DelegationService {
 public:
  explicit DelegationService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::Delegation>& store() const { return store_; }

 private:
  absl::StatusOr<v1::Delegation> Get(rpc::Call& call, mysql::Connection& connection,
                                     const v1::GetDelegationRequest& request);
  absl::StatusOr<v1::ListDelegationsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                   const v1::ListDelegationsRequest& request);
  absl::StatusOr<v1::Delegation> Create(journal::Transaction& tx,
                                        const v1::CreateDelegationRequest& request);
  absl::StatusOr<v1::Delegation> End(journal::Transaction& tx,
                                     const v1::EndDelegationRequest& request);
  absl::Status LockBoth(journal::Transaction& tx, const v1::Delegation& delegation);
  // Whether the caller reaches every subtree in which the delegator was granted something.
  absl::StatusOr<bool> ReachesAllOf(journal::Transaction& tx, const std::string& delegator);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  RoleBindingStore bindings_;
  resource::Store<v1::Person> persons_;
  resource::Store<v1::Delegation> store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DELEGATION_SERVICE_H_
