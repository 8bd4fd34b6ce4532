// The methods of qinglian.risk.v1.RiskAssessmentService.
#ifndef QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_SERVICE_H_
#define QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/risk/v1/risk_assessment_service.pb.h"
#include "services/risk/control_store.h"
#include "services/risk/registry.h"
#include "services/risk/risk_assessment_store.h"
#include "services/risk/risk_point_store.h"
#include "services/risk/scoring.h"

namespace qinglian::risk {

// Thread-safe; outlives the server.
class RiskAssessmentService {
 public:
  RiskAssessmentService(const serving::Environment& environment, const Scoring& scoring);

  resource::Methods& methods() { return methods_; }
  const RiskAssessmentStore& store() const { return store_; }

 private:
  // An assessment to change, and its risk point: the root, locked first.
  struct Locked {
    v1::RiskPoint point;
    v1::RiskAssessment assessment;
  };

  absl::StatusOr<v1::RiskAssessment> Get(rpc::Call& call, mysql::Connection& connection,
                                         const v1::GetRiskAssessmentRequest& request);
  absl::StatusOr<v1::ListRiskAssessmentsResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListRiskAssessmentsRequest& request);
  absl::StatusOr<v1::RiskAssessment> Create(journal::Transaction& tx,
                                            const v1::CreateRiskAssessmentRequest& request);
  absl::StatusOr<v1::RiskAssessment> Update(journal::Transaction& tx,
                                            const v1::UpdateRiskAssessmentRequest& request);
  absl::StatusOr<v1::RiskAssessment> Submit(journal::Transaction& tx,
                                            const v1::SubmitRiskAssessmentRequest& request);
  absl::StatusOr<v1::RiskAssessment> Approve(journal::Transaction& tx,
                                             const v1::ApproveRiskAssessmentRequest& request);
  absl::StatusOr<v1::RiskAssessment> Return(journal::Transaction& tx,
                                            const v1::ReturnRiskAssessmentRequest& request);
  absl::StatusOr<v1::RiskAssessment> Withdraw(journal::Transaction& tx,
                                              const v1::WithdrawRiskAssessmentRequest& request);

  absl::StatusOr<Locked> LockPoint(journal::Transaction& tx, const std::string& name);
  absl::StatusOr<Locked> LockBoth(journal::Transaction& tx, const std::string& name,
                                  const std::string& etag);
  // Writes the assessment and with it the point, of a new version with each step of its
  // assessments.
  absl::StatusOr<v1::RiskAssessment> Keep(journal::Transaction& tx, const Locked& before,
                                          v1::RiskAssessment after, v1::RiskPoint point);
  absl::StatusOr<Decider> DeciderOn(journal::Transaction& tx, const Locked& locked);

  const serving::Environment& environment_;
  const Scoring& scoring_;
  RiskAssessmentStore store_;
  RiskPointStore points_;
  ControlStore controls_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_SERVICE_H_
