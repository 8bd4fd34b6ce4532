// The risk service put together.
#ifndef QINGLIAN_SERVICES_RISK_SERVER_H_
#define QINGLIAN_SERVICES_RISK_SERVER_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "common/serving/application.h"
#include "services/risk/control_service.h"
#include "services/risk/metrics.h"
#include "services/risk/pending_actions.h"
#include "services/risk/power_item_service.h"
#include "services/risk/risk_assessment_service.h"
#include "services/risk/risk_point_service.h"
#include "services/risk/scoring.h"

namespace qinglian::risk {

class RiskServer final : public serving::Application {
 public:
  // With the scoring model of --scoring_model. CONFIG_INVALID where its file cannot be read or is
  // not sound.
  static absl::StatusOr<std::unique_ptr<RiskServer>> Make(const serving::Environment& environment);

  explicit RiskServer(const serving::Environment& environment,
                      Scoring scoring = Scoring::Default());

  std::vector<rpc::Service*> services() override;
  std::vector<journal::SnapshotSource> snapshots() override;
  std::vector<std::unique_ptr<projection::Projection>> projections() override;
  void DeclareMetrics(metrics::Registry& registry) override;
  std::vector<serving::ClockTask> clock_tasks() override;
  absl::Status CheckSchema(mysql::Connection& connection) override;

 private:
  const serving::Environment& environment_;
  const Scoring scoring_;
  PowerItemService power_items_;
  RiskPointService points_;
  RiskAssessmentService assessments_;
  ControlService controls_;
  PendingActions pending_actions_;
  std::optional<RiskMetrics> metrics_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_SERVER_H_
