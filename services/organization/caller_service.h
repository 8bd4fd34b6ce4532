// The methods of qinglian.organization.v1.CallerService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_CALLER_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_CALLER_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "services/organization/role_binding_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class CallerService {
 public:
  explicit CallerService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }

 private:
  absl::StatusOr<v1::ResolveCallerResponse> Resolve(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::ResolveCallerRequest& request);
  absl::StatusOr<v1::RenewLeaseResponse> Renew(rpc::Call& call, mysql::Connection& connection,
                                               const v1::RenewLeaseRequest& request);
  // What counts for a caller: what he was granted, or what he whom he acts for lends him.
  // PERMISSION_DENIED, reason DELEGATION_MISSING, where nothing lets him act for that person.
  absl::StatusOr<Holding> HoldingOf(mysql::Connection& connection, const std::string& actor,
                                    const std::string& acting_for, absl::CivilDay today) const;
  // UNAUTHENTICATED, reason CALLER_UNKNOWN, where there is none of that name, or a disabled one.
  absl::StatusOr<v1::Client> ActiveClient(mysql::Connection& connection,
                                          const std::string& name) const;

  const serving::Environment& environment_;
  resource::Store<v1::Client> clients_;
  RoleBindingStore bindings_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_CALLER_SERVICE_H_
