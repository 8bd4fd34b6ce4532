// The methods of qinglian.organization.v1.DivisionEditionService, and what is applied by the clock.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/division_edition_service.pb.h"
#include "services/organization/division_edition_store.h"
#include "services/organization/division_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class DivisionEditionService {
 public:
  explicit DivisionEditionService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const DivisionEditionStore& store() const { return store_; }

  // Goes on with plans that are long.
  serving::ClockTask ApplyTask();

 private:
  absl::StatusOr<v1::DivisionEdition> Get(rpc::Call& call, mysql::Connection& connection,
                                          const v1::GetDivisionEditionRequest& request);
  absl::StatusOr<v1::ListDivisionEditionsResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListDivisionEditionsRequest& request);
  absl::StatusOr<v1::ListDivisionEditionChangesResponse> ListChanges(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListDivisionEditionChangesRequest& request);
  absl::StatusOr<v1::DivisionEdition> Create(journal::Transaction& tx,
                                             const v1::CreateDivisionEditionRequest& request);
  absl::StatusOr<v1::DivisionEdition> AddRows(journal::Transaction& tx,
                                              const v1::AddDivisionEditionRowsRequest& request);
  absl::StatusOr<v1::DivisionEdition> Plan(journal::Transaction& tx,
                                           const v1::PlanDivisionEditionRequest& request);
  absl::StatusOr<v1::DivisionEdition> Apply(journal::Transaction& tx,
                                            const v1::ApplyDivisionEditionRequest& request);
  absl::StatusOr<v1::DivisionEdition> Cancel(journal::Transaction& tx,
                                             const v1::CancelDivisionEditionRequest& request);

  // Applies the next changes of an edition that is APPLYING, and finishes it after the last.
  absl::StatusOr<v1::DivisionEdition> GoOn(journal::Transaction& tx,
                                           const v1::DivisionEdition& before);
  absl::Status ApplyAll(mysql::Session& session);

  const serving::Environment& environment_;
  DivisionEditionStore store_;
  DivisionStore divisions_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_DIVISION_EDITION_SERVICE_H_
