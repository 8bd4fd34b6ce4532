// The methods of qinglian.risk.v1.ControlService.
#ifndef QINGLIAN_SERVICES_RISK_CONTROL_SERVICE_H_
#define QINGLIAN_SERVICES_RISK_CONTROL_SERVICE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/risk/v1/control_service.pb.h"
#include "services/risk/control_store.h"
#include "services/risk/registry.h"
#include "services/risk/risk_assessment_store.h"
#include "services/risk/risk_point_store.h"

namespace qinglian::risk {

// Thread-safe; outlives the server.
class ControlService {
 public:
  explicit ControlService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const ControlStore& store() const { return store_; }

 private:
  // A control to change, and its risk point: the root, locked first.
  struct Locked {
    v1::RiskPoint point;
    v1::Control control;
  };
  using Rule = std::function<absl::Status(v1::Control&, const v1::RiskPoint&)>;

  absl::StatusOr<v1::Control> Get(rpc::Call& call, mysql::Connection& connection,
                                  const v1::GetControlRequest& request);
  absl::StatusOr<v1::ListControlsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                const v1::ListControlsRequest& request);
  absl::StatusOr<v1::Control> Create(journal::Transaction& tx,
                                     const v1::CreateControlRequest& request);
  absl::StatusOr<v1::Control> Update(journal::Transaction& tx,
                                     const v1::UpdateControlRequest& request);
  absl::StatusOr<v1::Control> Start(journal::Transaction& tx,
                                    const v1::StartControlRequest& request);
  absl::StatusOr<v1::Control> Hold(journal::Transaction& tx, const v1::HoldControlRequest& request);
  absl::StatusOr<v1::Control> Resume(journal::Transaction& tx,
                                     const v1::ResumeControlRequest& request);
  absl::StatusOr<v1::Control> Cancel(journal::Transaction& tx,
                                     const v1::CancelControlRequest& request);
  absl::StatusOr<v1::Control> Activate(journal::Transaction& tx,
                                       const v1::ActivateControlRequest& request);
  absl::StatusOr<v1::Control> Degrade(journal::Transaction& tx,
                                      const v1::DegradeControlRequest& request);
  absl::StatusOr<v1::Control> Restore(journal::Transaction& tx,
                                      const v1::RestoreControlRequest& request);
  absl::StatusOr<v1::Control> Retire(journal::Transaction& tx,
                                     const v1::RetireControlRequest& request);

  absl::StatusOr<Locked> LockPoint(journal::Transaction& tx, const std::string& name);
  absl::StatusOr<Locked> LockBoth(journal::Transaction& tx, const std::string& name,
                                  const std::string& etag);
  // Writes the control and with it the point, of a new version with each step of its controls.
  absl::StatusOr<v1::Control> Keep(journal::Transaction& tx, const Locked& before,
                                   v1::Control after, v1::RiskPoint point);
  absl::StatusOr<v1::Control> Move(journal::Transaction& tx, const std::string& name,
                                   const std::string& etag, const Rule& rule);

  const serving::Environment& environment_;
  ControlStore store_;
  RiskPointStore points_;
  RiskAssessmentStore assessments_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_CONTROL_SERVICE_H_
