// The supervision service put together.
#ifndef QINGLIAN_SERVICES_SUPERVISION_SERVER_H_
#define QINGLIAN_SERVICES_SUPERVISION_SERVER_H_

#include <memory>
#include <optional>
#include <vector>

#include "common/serving/application.h"
#include "services/supervision/calendar_service.h"
#include "services/supervision/case_category_service.h"
#include "services/supervision/evidence_service.h"
#include "services/supervision/inspection_service.h"
#include "services/supervision/metrics.h"
#include "services/supervision/pending_actions.h"
#include "services/supervision/rectification_item_service.h"
#include "services/supervision/supervision_case_service.h"

namespace qinglian::supervision {

class SupervisionServer final : public serving::Application {
 public:
  explicit SupervisionServer(const serving::Environment& environment);

  std::vector<rpc::Service*> services() override;
  std::vector<journal::SnapshotSource> snapshots() override;
  std::vector<std::unique_ptr<projection::Projection>> projections() override;
  void DeclareMetrics(metrics::Registry& registry) override;
  std::vector<serving::ClockTask> clock_tasks() override;
  absl::Status CheckSchema(mysql::Connection& connection) override;

 private:
  const serving::Environment& environment_;
  CalendarService calendar_;
  CaseCategoryService categories_;
  EvidenceService evidence_;
  InspectionService inspections_;
  SupervisionCaseService cases_;
  RectificationItemService items_;
  PendingActions pending_actions_;
  std::optional<SupervisionMetrics> metrics_;
  std::optional<SupervisionMedians> medians_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_SERVER_H_
