// The methods of qinglian.organization.v1.OversightLinkService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/oversight_link_service.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/oversight_link_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class OversightLinkService {
 public:
  explicit OversightLinkService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::OversightLink>& store() const { return store_; }

 private:
  absl::StatusOr<v1::OversightLink> Get(rpc::Call& call, mysql::Connection& connection,
                                        const v1::GetOversightLinkRequest& request);
  absl::StatusOr<v1::ListOversightLinksResponse> List(rpc::Call& call,
                                                      mysql::Connection& connection,
                                                      const v1::ListOversightLinksRequest& request);
  absl::StatusOr<v1::OversightLink> Create(journal::Transaction& tx,
                                           const v1::CreateOversightLinkRequest& request);
  absl::StatusOr<v1::OversightLink> Update(journal::Transaction& tx,
                                           const v1::UpdateOversightLinkRequest& request);
  absl::StatusOr<v1::OversightLink> End(journal::Transaction& tx,
                                        const v1::EndOversightLinkRequest& request);

  // Locks both organizations, in an order that all agree on.
  absl::Status LockBoth(journal::Transaction& tx, const v1::OversightLink& link);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  OversightLinkStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_SERVICE_H_
