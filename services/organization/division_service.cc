#include "services/organization/division_service.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/division_rules.h"
#include "services/organization/organization_counts.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"parent", "level", "state", "display_name"}, .order_fields = {"name"}};
  return listing;
}

}  // namespace

DivisionService::DivisionService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.DivisionService",
               environment.journal) {
  methods_.Read("GetDivision", this, &DivisionService::Get);
  methods_.Read("ListDivisions", this, &DivisionService::List);
  methods_.Read("GetDivisionStatistics", this, &DivisionService::Statistics);
  methods_.Create("ImportDivisions", this, &DivisionService::Import);
}

absl::StatusOr<v1::Division> DivisionService::Get(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::GetDivisionRequest& request) {
  return store_.Show(connection, call.scope(), request.name(), store_.AsOf(request.vintage()));
}

absl::StatusOr<v1::ListDivisionsResponse> DivisionService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListDivisionsRequest& request) {
  std::vector<paging::Condition> conditions;
  if (!request.show_ended()) conditions.push_back({"divisions.state = 'STATE_ACTIVE'", {}});
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListDivisionsResponse::mutable_divisions, std::move(conditions),
                        store_.AsOf(request.vintage()));
}

absl::StatusOr<v1::OrganizationStatistics> DivisionService::Statistics(
    rpc::Call& call, mysql::Connection& connection,
    const v1::GetDivisionStatisticsRequest& request) {
  // It counts whatever works there, wherever that lies in the tree.
  if (!call.scope().ReachesAll(access::v1::SENSITIVITY_UNSPECIFIED)) {
    return status::Error(status::kPermissionDenied,
                         {{"permission", "organization.organizations.read"}});
  }
  ASSIGN_OR_RETURN(const absl::CivilDay day,
                   AsOfDay(request.as_of_date(), clock::DayOf(environment_.business_clock.Now())));
  RETURN_IF_ERROR(store_.Show(connection, call.scope(), request.name()).status());
  ASSIGN_OR_RETURN(v1::OrganizationStatistics statistics,
                   StatisticsIn(connection, request.name(), day));
  if (!request.include_parts()) return statistics;
  ASSIGN_OR_RETURN(const std::string code, store_.plan().type().IdOf(request.name()));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT id FROM divisions WHERE parent = ? ORDER BY id", {code}));
  while (rows.Next()) {
    ASSIGN_OR_RETURN(v1::OrganizationStatistics part,
                     StatisticsIn(connection, store_.plan().type().NameOf(rows.Bytes(0)), day));
    if (part.counts_size() > 0) *statistics.add_parts() = std::move(part);
  }
  return statistics;
}

absl::StatusOr<v1::OrganizationStatistics> DivisionService::StatisticsIn(
    mysql::Connection& connection, const std::string& division, absl::CivilDay day) {
  ASSIGN_OR_RETURN(const std::string code, store_.plan().type().IdOf(division));
  Tally tally;
  RETURN_IF_ERROR(CountIn(connection, code, day, tally));
  return StatisticsOf(division, day, tally);
}

absl::StatusOr<v1::ImportDivisionsResponse> DivisionService::Import(
    journal::Transaction& tx, const v1::ImportDivisionsRequest& request) {
  RETURN_IF_ERROR(CheckDivisions(request));
  v1::ImportDivisionsResponse response;
  std::vector<v1::Division> fresh;
  for (const v1::Division& given : request.divisions()) {
    const absl::StatusOr<v1::Division> before = store_.Lock(tx, given.name());
    if (absl::IsNotFound(before.status())) {
      fresh.push_back(given);
      resource::KeepInput(fresh.back());
      fresh.back().set_name(given.name());
      fresh.back().set_state(v1::Division::STATE_ACTIVE);
      continue;
    }
    if (!before.ok()) return before.status();
    RETURN_IF_ERROR(lifecycle::CheckGuard(*before, kUpdateDivision, kNotOlder,
                                          given.vintage() >= before->vintage()));
    v1::Division after = *before;
    RETURN_IF_ERROR(resource::ApplyUpdate(given, {}, after));
    after.set_state(v1::Division::STATE_ACTIVE);
    after.clear_successors();
    ASSIGN_OR_RETURN(const v1::Division changed, store_.Change(tx, *before, std::move(after)));
    const bool same = changed.etag() == before->etag();
    response.set_unchanged_count(response.unchanged_count() + (same ? 1 : 0));
    response.set_updated_count(response.updated_count() + (same ? 0 : 1));
  }
  if (!fresh.empty()) RETURN_IF_ERROR(store_.CreateMany(tx, fresh));
  RETURN_IF_ERROR(CheckParentsExist(tx.connection(), request));
  response.set_created_count(static_cast<int32_t>(fresh.size()));
  return response;
}

absl::Status DivisionService::CheckParentsExist(mysql::Connection& connection,
                                                const v1::ImportDivisionsRequest& request) {
  std::map<std::string, bool> known;
  for (const v1::Division& division : request.divisions()) {
    if (division.parent().empty() || known.count(division.parent()) > 0) continue;
    const absl::Status found = store_.Get(connection, division.parent()).status();
    if (absl::IsNotFound(found)) {
      return status::Error(status::kReferenceNotFound,
                           {{"field", "divisions.parent"}, {"resource", division.parent()}});
    }
    RETURN_IF_ERROR(found);
    known[division.parent()] = true;
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization
