// The methods of qinglian.organization.v1.PlannedChangeService, and what is due by the clock.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PLANNED_CHANGE_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PLANNED_CHANGE_SERVICE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/resource/methods.h"
#include "common/resource/store.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/planned_change_service.pb.h"
#include "services/organization/organization_changes.h"
#include "services/organization/organization_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class PlannedChangeService {
 public:
  explicit PlannedChangeService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::PlannedChange>& store() const { return store_; }

  // Applies what has fallen due, each once, in the order of its days.
  serving::ClockTask DueTask();

 private:
  absl::StatusOr<v1::PlannedChange> Get(rpc::Call& call, mysql::Connection& connection,
                                        const v1::GetPlannedChangeRequest& request);
  absl::StatusOr<v1::ListPlannedChangesResponse> List(rpc::Call& call,
                                                      mysql::Connection& connection,
                                                      const v1::ListPlannedChangesRequest& request);
  absl::StatusOr<v1::PlannedChange> Create(journal::Transaction& tx,
                                           const v1::CreatePlannedChangeRequest& request);
  absl::StatusOr<v1::PlannedChange> Cancel(journal::Transaction& tx,
                                           const v1::CancelPlannedChangeRequest& request);

  // Does what a plan says from today on.
  absl::StatusOr<v1::Organization> Do(journal::Transaction& tx, const v1::PlannedChange& plan,
                                      absl::CivilDay from);
  // The etag of the organization that a plan changes.
  absl::StatusOr<std::string> EtagOf(journal::Transaction& tx, const std::string& name);
  absl::Status ApplyDue(mysql::Session& session);
  absl::Status Apply(journal::Transaction& tx, const std::string& name);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  OrganizationChanges changes_{organizations_};
  resource::Store<v1::PlannedChange> store_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PLANNED_CHANGE_SERVICE_H_
