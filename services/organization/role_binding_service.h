// The methods of qinglian.organization.v1.RoleBindingService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_SERVICE_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/client.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/role_binding_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class RoleBindingService {
 public:
  explicit RoleBindingService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const RoleBindingStore& store() const { return store_; }

 private:
  using Binding = v1::RoleBinding;

  absl::StatusOr<v1::ListRolesResponse> ListRoles(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::ListRolesRequest& request);
  absl::StatusOr<Binding> Get(rpc::Call& call, mysql::Connection& connection,
                              const v1::GetRoleBindingRequest& request);
  absl::StatusOr<v1::ListRoleBindingsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::ListRoleBindingsRequest& request);
  absl::StatusOr<Binding> Grant(journal::Transaction& tx, const v1::GrantRoleRequest& request);
  absl::StatusOr<Binding> Approve(journal::Transaction& tx,
                                  const v1::ApproveRoleBindingRequest& request);
  absl::StatusOr<Binding> Refuse(journal::Transaction& tx,
                                 const v1::RefuseRoleBindingRequest& request);
  absl::StatusOr<Binding> Revoke(journal::Transaction& tx, const v1::RevokeRoleRequest& request);
  absl::StatusOr<Binding> MakeFirstAdministrator(journal::Transaction& tx,
                                                 const v1::MakeFirstAdministratorRequest& request);

  // Whether the subject of a new binding exists: FAILED_PRECONDITION, reason REFERENCE_NOT_FOUND.
  absl::Status CheckSubject(journal::Transaction& tx, const std::string& subject) const;
  absl::StatusOr<Binding> Move(journal::Transaction& tx, const std::string& name,
                               const std::string& etag,
                               absl::FunctionRef<absl::Status(Binding&)> change);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  resource::Store<v1::Person> persons_;
  resource::Store<v1::Client> clients_;
  RoleBindingStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_SERVICE_H_
