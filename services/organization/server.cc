#include "services/organization/server.h"

#include <utility>

#include "common/status/macros.h"

namespace qinglian::organization {

OrganizationServer::OrganizationServer(const serving::Environment& environment,
                                       std::shared_ptr<const seal::SealingKeys> sealing_keys)
    : environment_(environment),
      sealed_values_(std::move(sealing_keys)),
      divisions_(environment),
      division_editions_(environment),
      organizations_(environment),
      planned_changes_(environment),
      persons_(environment, sealed_values_),
      posts_(environment),
      assignments_(environment),
      letters_(environment),
      responsibilities_(environment),
      terms_(environment),
      talks_(environment),
      links_(environment),
      coverage_(environment),
      clients_(environment),
      role_bindings_(environment),
      delegations_(environment),
      callers_(environment),
      pending_actions_(environment),
      sealing_(environment, sealed_values_) {}

std::vector<rpc::Service*> OrganizationServer::services() {
  return {&divisions_.methods().service(),
          &organizations_.methods().service(),
          &persons_.methods().service(),
          &posts_.methods().service(),
          &assignments_.methods().service(),
          &letters_.methods().service(),
          &clients_.methods().service(),
          &role_bindings_.methods().service(),
          &delegations_.methods().service(),
          &callers_.methods().service(),
          &pending_actions_.methods().service(),
          &sealing_.methods().service(),
          &planned_changes_.methods().service(),
          &division_editions_.methods().service(),
          &responsibilities_.methods().service(),
          &terms_.methods().service(),
          &talks_.methods().service(),
          &links_.methods().service(),
          &coverage_.methods().service()};
}

std::vector<journal::SnapshotSource> OrganizationServer::snapshots() {
  return {divisions_.store().Snapshots(),
          organizations_.store().Snapshots(),
          persons_.store().Snapshots(),
          posts_.store().Snapshots(),
          assignments_.store().Snapshots(),
          letters_.store().Snapshots(),
          clients_.store().Snapshots(),
          role_bindings_.store().Snapshots(),
          delegations_.store().Snapshots(),
          planned_changes_.store().Snapshots(),
          division_editions_.store().Snapshots(),
          responsibilities_.store().Snapshots(),
          terms_.store().Snapshots(),
          talks_.store().Snapshots(),
          links_.store().Snapshots()};
}

void OrganizationServer::DeclareMetrics(metrics::Registry& registry) { metrics_.emplace(registry); }

std::vector<serving::ClockTask> OrganizationServer::clock_tasks() {
  std::vector<serving::ClockTask> tasks = {
      letters_.ExpiryTask(),     planned_changes_.DueTask(), organizations_.CountTask(),
      organizations_.NameTask(), coverage_.FollowTask(),     division_editions_.ApplyTask()};
  if (metrics_.has_value()) tasks.push_back(metrics_->Task(environment_.business_clock));
  return tasks;
}

absl::Status OrganizationServer::CheckSchema(mysql::Connection& connection) {
  RETURN_IF_ERROR(divisions_.store().CheckSchema(connection));
  RETURN_IF_ERROR(organizations_.store().CheckSchema(connection));
  RETURN_IF_ERROR(persons_.store().CheckSchema(connection));
  RETURN_IF_ERROR(posts_.store().CheckSchema(connection));
  RETURN_IF_ERROR(assignments_.store().CheckSchema(connection));
  RETURN_IF_ERROR(letters_.store().CheckSchema(connection));
  RETURN_IF_ERROR(clients_.store().CheckSchema(connection));
  RETURN_IF_ERROR(role_bindings_.store().CheckSchema(connection));
  RETURN_IF_ERROR(delegations_.store().CheckSchema(connection));
  RETURN_IF_ERROR(planned_changes_.store().CheckSchema(connection));
  RETURN_IF_ERROR(division_editions_.store().CheckSchema(connection));
  RETURN_IF_ERROR(responsibilities_.store().CheckSchema(connection));
  RETURN_IF_ERROR(terms_.store().CheckSchema(connection));
  RETURN_IF_ERROR(talks_.store().CheckSchema(connection));
  RETURN_IF_ERROR(links_.store().CheckSchema(connection));
  return sealed_values_.CheckKeys(connection);
}

}  // namespace qinglian::organization
