#include "services/review/server.h"

#include "common/status/macros.h"
#include "services/organization/follower/organization_projection.h"
#include "services/review/projections/supervision_projection.h"

namespace qinglian::review {

ReviewServer::ReviewServer(const serving::Environment& environment)
    : environment_(environment),
      programmes_(environment),
      rubrics_(environment),
      rounds_(environment),
      plans_(environment),
      applications_(environment),
      sheets_(environment),
      objections_(environment),
      titles_(environment),
      pending_actions_(environment) {}

std::vector<rpc::Service*> ReviewServer::services() {
  return {&programmes_.methods().service(),     &rubrics_.methods().service(),
          &rounds_.methods().service(),         &plans_.methods().service(),
          &applications_.methods().service(),   &sheets_.methods().service(),
          &objections_.methods().service(),     &titles_.methods().service(),
          &pending_actions_.methods().service()};
}

std::vector<journal::SnapshotSource> ReviewServer::snapshots() {
  return {programmes_.store().Snapshots(),   rubrics_.store().Snapshots(),
          rounds_.store().Snapshots(),       plans_.store().Snapshots(),
          applications_.store().Snapshots(), sheets_.store().Snapshots(),
          objections_.store().Snapshots(),   titles_.store().Snapshots()};
}

std::vector<std::unique_ptr<projection::Projection>> ReviewServer::projections() {
  std::vector<std::unique_ptr<projection::Projection>> followed;
  followed.push_back(std::make_unique<organization::follower::OrganizationProjection>());
  followed.push_back(std::make_unique<SupervisionProjection>());
  return followed;
}

void ReviewServer::DeclareMetrics(metrics::Registry& registry) { metrics_.emplace(registry); }

std::vector<serving::ClockTask> ReviewServer::clock_tasks() {
  std::vector<serving::ClockTask> tasks = {rounds_.NoticeTask(), applications_.SupplementTask(),
                                           titles_.ExpiryTask()};
  if (metrics_.has_value()) tasks.push_back(metrics_->Task(environment_.business_clock));
  return tasks;
}

absl::Status ReviewServer::CheckSchema(mysql::Connection& connection) {
  RETURN_IF_ERROR(programmes_.store().CheckSchema(connection));
  RETURN_IF_ERROR(rubrics_.store().CheckSchema(connection));
  RETURN_IF_ERROR(rounds_.store().CheckSchema(connection));
  RETURN_IF_ERROR(plans_.store().CheckSchema(connection));
  RETURN_IF_ERROR(applications_.store().CheckSchema(connection));
  RETURN_IF_ERROR(sheets_.store().CheckSchema(connection));
  RETURN_IF_ERROR(objections_.store().CheckSchema(connection));
  return titles_.store().CheckSchema(connection);
}

}  // namespace qinglian::review
