// The methods of qinglian.supervision.v1.InspectionService.
#ifndef QINGLIAN_SERVICES_SUPERVISION_INSPECTION_SERVICE_H_
#define QINGLIAN_SERVICES_SUPERVISION_INSPECTION_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/resource/store.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/inspection_service.pb.h"
#include "services/supervision/case_category_store.h"
#include "services/supervision/case_registration.h"
#include "services/supervision/inspection_rules.h"

namespace qinglian::supervision {

// Thread-safe; outlives the server.
class InspectionService {
 public:
  explicit InspectionService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::Inspection>& store() const { return store_; }

 private:
  using Inspection = v1::Inspection;

  absl::StatusOr<Inspection> Get(rpc::Call& call, mysql::Connection& connection,
                                 const v1::GetInspectionRequest& request);
  absl::StatusOr<v1::ListInspectionsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                   const v1::ListInspectionsRequest& request);
  absl::StatusOr<Inspection> Create(journal::Transaction& tx,
                                    const v1::CreateInspectionRequest& request);
  absl::StatusOr<Inspection> Update(journal::Transaction& tx,
                                    const v1::UpdateInspectionRequest& request);
  absl::StatusOr<Inspection> Start(journal::Transaction& tx,
                                   const v1::StartInspectionRequest& request);
  absl::StatusOr<Inspection> RecordFinding(journal::Transaction& tx,
                                           const v1::RecordInspectionFindingRequest& request);
  absl::StatusOr<Inspection> Conclude(journal::Transaction& tx,
                                      const v1::ConcludeInspectionRequest& request);
  absl::StatusOr<Inspection> Cancel(journal::Transaction& tx,
                                    const v1::CancelInspectionRequest& request);

  absl::Status CheckReferences(mysql::Connection& connection, const Inspection& inspection);
  absl::StatusOr<StartInspectionFacts> FactsToStart(journal::Transaction& tx,
                                                    const Inspection& inspection);
  absl::StatusOr<RecordFindingFacts> FactsToRecord(journal::Transaction& tx,
                                                   const Inspection& inspection,
                                                   const Inspection::Finding& finding);

  const serving::Environment& environment_;
  CaseRegistration registration_;
  CaseCategoryStore categories_;
  resource::Store<v1::Inspection> store_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_INSPECTION_SERVICE_H_
