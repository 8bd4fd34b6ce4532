// The methods of qinglian.risk.v1.RiskPointService.
#ifndef QINGLIAN_SERVICES_RISK_RISK_POINT_SERVICE_H_
#define QINGLIAN_SERVICES_RISK_RISK_POINT_SERVICE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/risk/v1/risk_point_service.pb.h"
#include "services/risk/control_store.h"
#include "services/risk/power_item_store.h"
#include "services/risk/registry.h"
#include "services/risk/risk_assessment_store.h"
#include "services/risk/risk_point_store.h"
#include "services/risk/scoring.h"

namespace qinglian::risk {

// Thread-safe; outlives the server.
class RiskPointService {
 public:
  RiskPointService(const serving::Environment& environment, const Scoring& scoring);

  resource::Methods& methods() { return methods_; }
  const RiskPointStore& store() const { return store_; }

 private:
  // A point to submit or approve, with what it rests on, all locked in the order of names.
  struct Locked {
    std::optional<v1::PowerItem> power_item;
    std::optional<v1::RiskPoint> superseded;
    v1::RiskPoint point;
    // The open assessment.
    std::optional<v1::RiskAssessment> assessment;
  };

  absl::StatusOr<v1::RiskPoint> Get(rpc::Call& call, mysql::Connection& connection,
                                    const v1::GetRiskPointRequest& request);
  absl::StatusOr<v1::ListRiskPointsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::ListRiskPointsRequest& request);
  absl::StatusOr<v1::RiskPoint> Create(journal::Transaction& tx,
                                       const v1::CreateRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Update(journal::Transaction& tx,
                                       const v1::UpdateRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Delete(journal::Transaction& tx,
                                       const v1::DeleteRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Submit(journal::Transaction& tx,
                                       const v1::SubmitRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Approve(journal::Transaction& tx,
                                        const v1::ApproveRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Return(journal::Transaction& tx,
                                       const v1::ReturnRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Suspend(journal::Transaction& tx,
                                        const v1::SuspendRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Rehome(journal::Transaction& tx,
                                       const v1::RehomeRiskPointRequest& request);
  absl::StatusOr<v1::RiskPoint> Retire(journal::Transaction& tx,
                                       const v1::RetireRiskPointRequest& request);

  absl::Status CheckReferences(journal::Transaction& tx, const v1::RiskPoint& point);
  absl::StatusOr<Locked> LockAll(journal::Transaction& tx, const std::string& name,
                                 const std::string& etag);
  absl::StatusOr<bool> SourceValid(journal::Transaction& tx, const v1::RiskPoint& point,
                                   const std::optional<v1::PowerItem>& power_item);
  absl::Status SubmitAssessment(journal::Transaction& tx, const v1::RiskAssessment& assessment,
                                v1::RiskPoint::State point_state, bool active_control);
  // Approves the assessment and gives the point its grades and review days.
  absl::Status ApproveAssessment(journal::Transaction& tx, const v1::RiskAssessment& assessment,
                                 const Decider& decider, bool active_control, v1::RiskPoint& point);
  absl::Status RetireSupersededPoint(journal::Transaction& tx, const v1::RiskPoint& superseded,
                                     const v1::RiskPoint& successor);
  absl::StatusOr<std::string> NextFilingNumber(journal::Transaction& tx,
                                               const v1::RiskPoint& point);
  absl::Status WithdrawOpenAssessment(journal::Transaction& tx, const v1::RiskPoint& point,
                                      const std::string& reason);

  const serving::Environment& environment_;
  const Scoring& scoring_;
  RiskPointStore store_;
  PowerItemStore power_items_;
  RiskAssessmentStore assessments_;
  ControlStore controls_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_RISK_POINT_SERVICE_H_
