// The methods of qinglian.supervision.v1.SupervisionCaseService.
#ifndef QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_SERVICE_H_
#define QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/supervision_case_service.pb.h"
#include "services/supervision/case_category_store.h"
#include "services/supervision/case_registration.h"
#include "services/supervision/supervision_case_rules.h"
#include "services/supervision/supervision_case_store.h"

namespace qinglian::supervision {

// Thread-safe; outlives the server.
class SupervisionCaseService {
 public:
  explicit SupervisionCaseService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const SupervisionCaseStore& store() const { return store_; }

  // Notes the evidence of cases that were written before evidence was noted.
  static serving::ClockTask EvidenceTask();

 private:
  using Case = v1::SupervisionCase;
  // Changes a case that is locked and fresh.
  using Change = absl::FunctionRef<absl::Status(Case&)>;

  absl::StatusOr<Case> Get(rpc::Call& call, mysql::Connection& connection,
                           const v1::GetSupervisionCaseRequest& request);
  absl::StatusOr<v1::ListSupervisionCasesResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListSupervisionCasesRequest& request);
  absl::StatusOr<Case> Create(journal::Transaction& tx,
                              const v1::CreateSupervisionCaseRequest& request);
  absl::StatusOr<Case> Update(journal::Transaction& tx,
                              const v1::UpdateSupervisionCaseRequest& request);
  absl::StatusOr<Case> Accept(journal::Transaction& tx,
                              const v1::AcceptSupervisionCaseRequest& request);
  absl::StatusOr<Case> Decline(journal::Transaction& tx,
                               const v1::DeclineSupervisionCaseRequest& request);
  absl::StatusOr<Case> Assign(journal::Transaction& tx,
                              const v1::AssignSupervisionCaseRequest& request);
  absl::StatusOr<Case> SubmitOpinion(journal::Transaction& tx,
                                     const v1::SubmitCaseOpinionRequest& request);
  absl::StatusOr<Case> Decide(journal::Transaction& tx,
                              const v1::DecideSupervisionCaseRequest& request);
  absl::StatusOr<Case> Return(journal::Transaction& tx,
                              const v1::ReturnSupervisionCaseRequest& request);
  absl::StatusOr<Case> RequestClosure(journal::Transaction& tx,
                                      const v1::RequestCaseClosureRequest& request);
  absl::StatusOr<Case> Close(journal::Transaction& tx,
                             const v1::CloseSupervisionCaseRequest& request);
  absl::StatusOr<Case> Recuse(journal::Transaction& tx,
                              const v1::RecuseFromSupervisionCaseRequest& request);
  absl::StatusOr<Case> Reopen(journal::Transaction& tx,
                              const v1::ReopenSupervisionCaseRequest& request);

  // Locks a case that has not changed since the caller read it, changes it and writes it.
  absl::StatusOr<Case> Move(journal::Transaction& tx, const std::string& name,
                            const std::string& etag, Change change);
  absl::StatusOr<AcceptCaseFacts> FactsToAccept(journal::Transaction& tx, const Case& the_case);

  const serving::Environment& environment_;
  CaseRegistration registration_;
  CaseCategoryStore categories_;
  SupervisionCaseStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_SERVICE_H_
