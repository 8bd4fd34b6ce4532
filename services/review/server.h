// The review service put together.
#ifndef QINGLIAN_SERVICES_REVIEW_SERVER_H_
#define QINGLIAN_SERVICES_REVIEW_SERVER_H_

#include <memory>
#include <optional>
#include <vector>

#include "common/serving/application.h"
#include "services/review/action_plan_service.h"
#include "services/review/application_service.h"
#include "services/review/metrics.h"
#include "services/review/objection_service.h"
#include "services/review/pending_actions.h"
#include "services/review/programme_service.h"
#include "services/review/review_round_service.h"
#include "services/review/rubric_service.h"
#include "services/review/score_sheet_service.h"
#include "services/review/title_service.h"

namespace qinglian::review {

class ReviewServer final : public serving::Application {
 public:
  explicit ReviewServer(const serving::Environment& environment);

  std::vector<rpc::Service*> services() override;
  std::vector<journal::SnapshotSource> snapshots() override;
  std::vector<std::unique_ptr<projection::Projection>> projections() override;
  void DeclareMetrics(metrics::Registry& registry) override;
  std::vector<serving::ClockTask> clock_tasks() override;
  absl::Status CheckSchema(mysql::Connection& connection) override;

 private:
  const serving::Environment& environment_;
  ProgrammeService programmes_;
  RubricService rubrics_;
  ReviewRoundService rounds_;
  ActionPlanService plans_;
  ApplicationService applications_;
  ScoreSheetService sheets_;
  ObjectionService objections_;
  TitleService titles_;
  PendingActions pending_actions_;
  std::optional<ReviewMetrics> metrics_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_SERVER_H_
