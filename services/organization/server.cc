#include "services/organization/server.h"

#include "common/status/macros.h"

namespace qinglian::organization {

OrganizationServer::OrganizationServer(const serving::Environment& environment)
    : divisions_(environment),
      organizations_(environment),
      persons_(environment),
      posts_(environment),
      assignments_(environment),
      letters_(environment),
      clients_(environment),
      role_bindings_(environment),
      delegations_(environment),
      callers_(environment),
      pending_actions_(environment) {}

std::vector<rpc::Service*> OrganizationServer::services() {
  return {&divisions_.methods().service(),      &organizations_.methods().service(),
          &persons_.methods().service(),        &posts_.methods().service(),
          &assignments_.methods().service(),    &letters_.methods().service(),
          &clients_.methods().service(),        &role_bindings_.methods().service(),
          &delegations_.methods().service(),    &callers_.methods().service(),
          &pending_actions_.methods().service()};
}

std::vector<journal::SnapshotSource> OrganizationServer::snapshots() {
  return {divisions_.store().Snapshots(),   organizations_.store().Snapshots(),
          persons_.store().Snapshots(),     posts_.store().Snapshots(),
          assignments_.store().Snapshots(), letters_.store().Snapshots(),
          clients_.store().Snapshots(),     role_bindings_.store().Snapshots(),
          delegations_.store().Snapshots()};
}

std::vector<serving::ClockTask> OrganizationServer::clock_tasks() {
  return {letters_.ExpiryTask()};
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
  return delegations_.store().CheckSchema(connection);
}

}  // namespace qinglian::organization
