// The methods of qinglian.organization.v1.AssignmentService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/assignment_service.pb.h"
#include "services/organization/assignment_changes.h"
#include "services/organization/assignment_store.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class AssignmentService {
 public:
  explicit AssignmentService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const AssignmentStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::Assignment> Get(rpc::Call& call, mysql::Connection& connection,
                                     const v1::GetAssignmentRequest& request);
  absl::StatusOr<v1::ListAssignmentsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                   const v1::ListAssignmentsRequest& request);
  absl::StatusOr<v1::Assignment> Create(journal::Transaction& tx,
                                        const v1::CreateAssignmentRequest& request);
  absl::StatusOr<v1::Assignment> End(journal::Transaction& tx,
                                     const v1::EndAssignmentRequest& request);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  AssignmentStore store_;
  AssignmentChanges changes_;
  resource::Store<v1::Post> posts_;
  resource::Store<v1::Person> persons_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_SERVICE_H_
