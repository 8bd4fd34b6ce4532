#include "services/risk/server.h"

#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/risk/projections/registry_projection.h"
#include "services/risk/projections/supervision_projection.h"

ABSL_FLAG(std::string, scoring_model, "",
          "A JSON file with the scoring model (qinglian.risk.v1.ScoringModel); empty for the "
          "default one.");

namespace qinglian::risk {
namespace {

absl::StatusOr<Scoring> LoadScoring(const std::string& path) {
  if (path.empty()) return Scoring::Default();
  std::ifstream file(path, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  if (file.bad() || !file.is_open()) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", "the file of --scoring_model cannot be read"}});
  }
  return Scoring::Parse(json);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RiskServer>> RiskServer::Make(
    const serving::Environment& environment) {
  ASSIGN_OR_RETURN(Scoring scoring, LoadScoring(absl::GetFlag(FLAGS_scoring_model)));
  return std::make_unique<RiskServer>(environment, std::move(scoring));
}

RiskServer::RiskServer(const serving::Environment& environment, Scoring scoring)
    : environment_(environment),
      scoring_(std::move(scoring)),
      power_items_(environment),
      points_(environment, scoring_),
      assessments_(environment, scoring_),
      controls_(environment),
      pending_actions_(environment, scoring_) {}

std::vector<rpc::Service*> RiskServer::services() {
  return {&power_items_.methods().service(), &points_.methods().service(),
          &assessments_.methods().service(), &controls_.methods().service(),
          &pending_actions_.methods().service()};
}

std::vector<journal::SnapshotSource> RiskServer::snapshots() {
  return {power_items_.store().Snapshots(), points_.store().Snapshots(),
          assessments_.store().Snapshots(), controls_.store().Snapshots()};
}

std::vector<std::unique_ptr<projection::Projection>> RiskServer::projections() {
  std::vector<std::unique_ptr<projection::Projection>> projections;
  projections.push_back(std::make_unique<RegistryProjection>());
  projections.push_back(std::make_unique<SupervisionProjection>());
  return projections;
}

void RiskServer::DeclareMetrics(metrics::Registry& registry) { metrics_.emplace(registry); }

std::vector<serving::ClockTask> RiskServer::clock_tasks() {
  if (!metrics_.has_value()) return {};
  return {metrics_->Task(environment_.business_clock)};
}

absl::Status RiskServer::CheckSchema(mysql::Connection& connection) {
  RETURN_IF_ERROR(power_items_.store().CheckSchema(connection));
  RETURN_IF_ERROR(points_.store().CheckSchema(connection));
  RETURN_IF_ERROR(assessments_.store().CheckSchema(connection));
  return controls_.store().CheckSchema(connection);
}

}  // namespace qinglian::risk
