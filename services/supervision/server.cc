#include "services/supervision/server.h"

#include "common/status/macros.h"
#include "services/organization/follower/organization_projection.h"

namespace qinglian::supervision {

SupervisionServer::SupervisionServer(const serving::Environment& environment)
    : environment_(environment),
      calendar_(environment),
      categories_(environment),
      evidence_(environment),
      inspections_(environment),
      cases_(environment),
      items_(environment),
      pending_actions_(environment) {}

std::vector<rpc::Service*> SupervisionServer::services() {
  return {&calendar_.methods().service(),       &categories_.methods().service(),
          &evidence_.methods().service(),       &inspections_.methods().service(),
          &cases_.methods().service(),          &items_.methods().service(),
          &pending_actions_.methods().service()};
}

// Cases before their items, so that a follower knows the case of an item.
std::vector<journal::SnapshotSource> SupervisionServer::snapshots() {
  return {calendar_.store().Snapshots(), categories_.store().Snapshots(),
          evidence_.store().Snapshots(), inspections_.store().Snapshots(),
          cases_.store().Snapshots(),    items_.store().Snapshots()};
}

std::vector<std::unique_ptr<projection::Projection>> SupervisionServer::projections() {
  std::vector<std::unique_ptr<projection::Projection>> followed;
  followed.push_back(std::make_unique<organization::follower::OrganizationProjection>());
  return followed;
}

void SupervisionServer::DeclareMetrics(metrics::Registry& registry) {
  metrics_.emplace(registry);
  medians_.emplace(registry);
}

std::vector<serving::ClockTask> SupervisionServer::clock_tasks() {
  std::vector<serving::ClockTask> tasks = {evidence_.AbandonedTask(),
                                           SupervisionCaseService::EvidenceTask()};
  if (metrics_.has_value()) {
    tasks.push_back(metrics_->Task(environment_.business_clock));
    tasks.push_back(medians_->Task(environment_.business_clock));
  }
  return tasks;
}

absl::Status SupervisionServer::CheckSchema(mysql::Connection& connection) {
  RETURN_IF_ERROR(calendar_.store().CheckSchema(connection));
  RETURN_IF_ERROR(categories_.store().CheckSchema(connection));
  RETURN_IF_ERROR(evidence_.store().CheckSchema(connection));
  RETURN_IF_ERROR(inspections_.store().CheckSchema(connection));
  RETURN_IF_ERROR(cases_.store().CheckSchema(connection));
  return items_.store().CheckSchema(connection);
}

}  // namespace qinglian::supervision
