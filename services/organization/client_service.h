// The methods of qinglian.organization.v1.ClientService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_CLIENT_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_CLIENT_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/client_service.pb.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class ClientService {
 public:
  explicit ClientService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::Client>& store() const { return store_; }

 private:
  absl::StatusOr<v1::Client> Get(rpc::Call& call, mysql::Connection& connection,
                                 const v1::GetClientRequest& request);
  absl::StatusOr<v1::ListClientsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                               const v1::ListClientsRequest& request);
  absl::StatusOr<v1::Client> Create(journal::Transaction& tx,
                                    const v1::CreateClientRequest& request);
  absl::StatusOr<v1::Client> Update(journal::Transaction& tx,
                                    const v1::UpdateClientRequest& request);
  absl::StatusOr<v1::Client> Disable(journal::Transaction& tx,
                                     const v1::DisableClientRequest& request);
  absl::StatusOr<v1::Client> Enable(journal::Transaction& tx,
                                    const v1::EnableClientRequest& request);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  resource::Store<v1::Client> store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_CLIENT_SERVICE_H_
