#include "services/organization/organization_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/division_rules.h"
#include "services/organization/import_stream.h"
#include "services/organization/in_rounds.h"
#include "services/organization/organization_counts.h"
#include "services/organization/organization_export.h"
#include "services/organization/organization_import.h"
#include "services/organization/organization_names.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"parent", "division", "kind", "level", "state", "display_name",
                        "credit_code", "create_time", "update_time"},
      .order_fields = {"name", "display_name", "create_time", "update_time"}};
  return listing;
}

// An organization and those above it are no more than a page holds.
const resource::Listing& Lineage() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {}, .order_fields = {"name"}, .default_page_size = kMaxDepth};
  return listing;
}
constexpr char kIdsOfPath[] = "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?";
static_assert(sizeof(kIdsOfPath) == 3 * kMaxDepth - 1);

// Where the organizations of a past day, or of what was known before, are read; empty for those of
// now.
template <class Request>
absl::StatusOr<paging::Condition> RowsFor(const Request& request, const OrganizationStore& store,
                                          const serving::Environment& environment) {
  if (clock::IsUnset(request.as_of_date()) && !request.has_known_time()) return paging::Condition{};
  const absl::CivilDay today = clock::DayOf(environment.business_clock.Now());
  ASSIGN_OR_RETURN(const absl::CivilDay day, AsOfDay(request.as_of_date(), today));
  if (!request.has_known_time()) return store.history().AsOf(day, std::nullopt);
  ASSIGN_OR_RETURN(const absl::Time known, clock::ToTime(request.known_time()));
  if (known > environment.system_clock.Now())
    return status::Error(status::kTimeInFuture, {{"field", "known_time"}});
  return store.history().AsOf(day, known);
}

// Leaves out what has ended, unless it is asked for.
template <class Request>
void LeaveOutEnded(const Request& request, std::vector<paging::Condition>& conditions) {
  if (!request.show_ended()) conditions.push_back({"organizations.state = 'STATE_ACTIVE'", {}});
}

}  // namespace

OrganizationService::OrganizationService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.OrganizationService",
               environment.journal) {
  methods_.Read("GetOrganization", this, &OrganizationService::Get);
  methods_.Read("LookupOrganization", this, &OrganizationService::Lookup);
  methods_.Read("ListOrganizations", this, &OrganizationService::List);
  methods_.Read("SearchOrganizations", this, &OrganizationService::Search);
  methods_.Read("GetOrganizationAncestors", this, &OrganizationService::Ancestors);
  methods_.Read("GetOrganizationStatistics", this, &OrganizationService::Statistics);
  methods_.Read("ListOrganizationVersions", this, &OrganizationService::ListVersions);
  methods_.Create("CreateOrganization", &changes_, &OrganizationChanges::Create);
  methods_.Update("UpdateOrganization", &changes_, &OrganizationChanges::Update);
  methods_.Transition("MoveOrganization", &changes_, &OrganizationChanges::Move);
  methods_.Transition("MergeOrganization", &changes_, &OrganizationChanges::Merge);
  methods_.Transition("SplitOrganization", &changes_, &OrganizationChanges::Split);
  methods_.Transition("AbolishOrganization", &changes_, &OrganizationChanges::Abolish);
  methods_.Transition("CorrectOrganization", &changes_, &OrganizationChanges::Correct);
  methods_.Batch<v1::BatchTransitionOrganizationsRequest, v1::BatchTransitionOrganizationsResponse>(
      "BatchTransitionOrganizations");
  methods_.service().BidiStream<v1::ImportOrganizationsRequest, v1::ImportOrganizationsResponse>(
      "ImportOrganizations",
      [this](rpc::Call& call, rpc::Reader<v1::ImportOrganizationsRequest>& requests,
             rpc::Writer<v1::ImportOrganizationsResponse>& responses) {
        return Import(call, requests, responses);
      });
  methods_.service().ServerStream<v1::ExportOrganizationsRequest, v1::ExportOrganizationsResponse>(
      "ExportOrganizations", [this](rpc::Call& call, const v1::ExportOrganizationsRequest& request,
                                    rpc::Writer<v1::ExportOrganizationsResponse>& responses) {
        return ExportOrganizations({environment_, store_}, call, request, responses);
      });
}

absl::StatusOr<v1::Organization> OrganizationService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const paging::Condition rows, RowsFor(request, store_, environment_));
  ASSIGN_OR_RETURN(v1::Organization found,
                   store_.Show(connection, call.scope(), request.name(), rows));
  // It stops at what the caller may not see; nobody is its own heir, so it ends.
  while (request.follow_successors() && found.state() == v1::Organization::STATE_MERGED) {
    absl::StatusOr<v1::Organization> heir =
        store_.Show(connection, call.scope(), found.successors(0), rows);
    if (absl::IsNotFound(heir.status())) break;
    RETURN_IF_ERROR(heir.status());
    found = *std::move(heir);
  }
  return found;
}

absl::StatusOr<v1::Organization> OrganizationService::Lookup(
    rpc::Call& call, mysql::Connection& connection, const v1::LookupOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<std::string> name,
                   store_.Find(connection, request.external_identifier()));
  if (!name.has_value()) {
    return status::NotFound(store_.plan().type().type, request.external_identifier().id());
  }
  absl::StatusOr<v1::Organization> found = store_.Show(connection, call.scope(), *name);
  if (!absl::IsNotFound(found.status())) return found;
  return status::NotFound(store_.plan().type().type, request.external_identifier().id());
}

absl::StatusOr<v1::ListOrganizationsResponse> OrganizationService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListOrganizationsRequest& request) {
  ASSIGN_OR_RETURN(paging::Condition rows, RowsFor(request, store_, environment_));
  std::vector<paging::Condition> conditions;
  if (!request.subtree().empty()) {
    ASSIGN_OR_RETURN(paging::Condition subtree,
                     store_.Subtree(connection, request.subtree(), rows));
    conditions.push_back(std::move(subtree));
  }
  LeaveOutEnded(request, conditions);
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListOrganizationsResponse::mutable_organizations,
                        std::move(conditions), std::move(rows));
}

absl::StatusOr<v1::SearchOrganizationsResponse> OrganizationService::Search(
    rpc::Call& call, mysql::Connection& connection, const v1::SearchOrganizationsRequest& request) {
  return search_.Find(connection, call.scope(), environment_.tokens, request);
}

absl::StatusOr<v1::GetOrganizationAncestorsResponse> OrganizationService::Ancestors(
    rpc::Call& call, mysql::Connection& connection,
    const v1::GetOrganizationAncestorsRequest& request) {
  ASSIGN_OR_RETURN(paging::Condition rows, RowsFor(request, store_, environment_));
  ASSIGN_OR_RETURN(const std::string path, store_.Path(connection, request.name(), rows));
  resource::Question question;
  question.rows = std::move(rows);
  question.conditions.push_back({absl::StrCat("organizations.id IN (", kIdsOfPath, ")"), {}});
  std::map<std::string, size_t> places;
  // Filled up by repeating the last, so that one statement serves all.
  for (size_t i = 0; i < kMaxDepth; ++i) {
    const size_t at = std::min(i * kPathStep, path.size() - kPathStep);
    const std::string id = path.substr(at, kPathStep);
    places.emplace(store_.plan().type().NameOf(id), i);
    question.conditions[0].values.AddOwned(id);
  }
  std::vector<v1::Organization> found;
  // What is added is kept by its address until the list is whole.
  found.reserve(kMaxDepth);
  RETURN_IF_ERROR(store_.messages()
                      .List(connection, call.scope(), environment_.tokens, Lineage(), question,
                            [&] { return &found.emplace_back(); })
                      .status());
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) {
    return places.at(a.name()) < places.at(b.name());
  });
  // Itself is the last, unless the caller may not see it; then he is told as of any other.
  if (found.empty() || found.back().name() != request.name())
    return store_.Show(connection, call.scope(), request.name()).status();
  found.pop_back();
  v1::GetOrganizationAncestorsResponse response;
  for (v1::Organization& organization : found) *response.add_ancestors() = std::move(organization);
  return response;
}

absl::StatusOr<v1::OrganizationStatistics> OrganizationService::Statistics(
    rpc::Call& call, mysql::Connection& connection,
    const v1::GetOrganizationStatisticsRequest& request) {
  ASSIGN_OR_RETURN(const absl::CivilDay day,
                   AsOfDay(request.as_of_date(), clock::DayOf(environment_.business_clock.Now())));
  ASSIGN_OR_RETURN(const v1::Organization root,
                   store_.Show(connection, call.scope(), request.name(),
                               store_.history().AsOf(day, std::nullopt)));
  ASSIGN_OR_RETURN(const std::string id, store_.plan().type().IdOf(request.name()));
  Tally tally;
  RETURN_IF_ERROR(CountBelow(connection, id, day, tally));
  ++tally[{root.kind(), root.level(), root.state()}];
  v1::OrganizationStatistics statistics = StatisticsOf(request.name(), day, tally);
  if (request.division_level() != v1::Division::LEVEL_UNSPECIFIED)
    RETURN_IF_ERROR(AddByDivision(connection, id, root, request.division_level(), statistics));
  return statistics;
}

absl::Status OrganizationService::AddByDivision(mysql::Connection& connection,
                                                const std::string& id, const v1::Organization& root,
                                                v1::Division::Level level,
                                                v1::OrganizationStatistics& statistics) {
  const size_t length = CodeLengthOf(level);
  if (length > CodeLengthOf(v1::Division::LEVEL_COUNTY)) {
    status::FieldViolations violations;
    violations.Add("division_level", "COUNTED_LEVEL", "counted are divisions down to counties",
                   "仅支持省、市、县三级统计");
    return violations.ToStatus();
  }
  ASSIGN_OR_RETURN(const absl::CivilDay day, clock::ToDay(statistics.date()));
  ASSIGN_OR_RETURN(auto counts, CountByDivision(connection, id, length, day));
  const std::string own(DivisionCodeOf(root.division()));
  if (root.state() == v1::Organization::STATE_ACTIVE && own.size() >= length)
    ++counts[own.substr(0, length)];
  for (const auto& [code, count] : counts) {
    if (count == 0) continue;
    v1::OrganizationStatistics::DivisionCount& shown = *statistics.add_division_counts();
    shown.set_division(DivisionNameOf(code));
    shown.set_active_count(count);
  }
  return absl::OkStatus();
}

serving::ClockTask OrganizationService::NameTask() {
  return {"rewrite-due-names", absl::Seconds(1),
          [](mysql::Session& session) { return InRounds(session, RewriteDueNames); }};
}

serving::ClockTask OrganizationService::CountTask() {
  return {"fold-organization-counts", absl::Seconds(1),
          [](mysql::Session& session) { return InRounds(session, FoldCounts); }};
}

absl::StatusOr<v1::ListOrganizationVersionsResponse> OrganizationService::ListVersions(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListOrganizationVersionsRequest& request) {
  RETURN_IF_ERROR(store_.Show(connection, call.scope(), request.name()).status());
  return store_.history().List(connection, environment_.tokens, request);
}

absl::Status OrganizationService::Import(rpc::Call& call,
                                         rpc::Reader<v1::ImportOrganizationsRequest>& requests,
                                         rpc::Writer<v1::ImportOrganizationsResponse>& responses) {
  OrganizationImport import(environment_.journal, store_, call);
  return TakeStream<OrganizationImport, v1::ImportOrganizationsRequest,
                    v1::ImportOrganizationsResponse>(import, requests, responses);
}

}  // namespace qinglian::organization
