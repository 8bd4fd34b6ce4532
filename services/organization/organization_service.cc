#include "services/organization/organization_service.h"

#include <optional>
#include <utility>

#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/organization_import.h"
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

const resource::Listing& Searched() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"division", "kind", "level", "state"},
                             .order_fields = {"name"},
                             .default_page_size = 20,
                             .max_page_size = 100};
  return listing;
}

// Whether the caller may put something there: below an organization that he reaches, or at the top
// where he reaches everything.
absl::Status CheckParentReached(journal::Transaction& tx, std::string_view parent) {
  if (!parent.empty()) return visibility::CheckReaches(tx.connection(), tx.scope(), parent);
  if (tx.scope().ReachesAll(access::v1::SENSITIVITY_UNSPECIFIED)) return absl::OkStatus();
  return status::Error(status::kPermissionDenied,
                       {{"permission", "organization.organizations.edit"}});
}

// Where the organizations of a past day, or of what was known before, are read; empty for those of
// now.
template <class Request>
absl::StatusOr<paging::Condition> RowsFor(const Request& request, const OrganizationStore& store,
                                          const serving::Environment& environment) {
  if (clock::IsUnset(request.as_of_date()) && !request.has_known_time()) return paging::Condition{};
  const absl::CivilDay today = clock::DayOf(environment.business_clock.Now());
  absl::CivilDay day = today;
  if (!clock::IsUnset(request.as_of_date())) {
    ASSIGN_OR_RETURN(day, clock::ToDay(request.as_of_date()));
  }
  if (day > today) return status::Error(status::kTimeInFuture, {{"field", "as_of_date"}});
  if (!request.has_known_time()) return store.AsOf(day, std::nullopt);
  ASSIGN_OR_RETURN(const absl::Time known, clock::ToTime(request.known_time()));
  if (known > environment.system_clock.Now())
    return status::Error(status::kTimeInFuture, {{"field", "known_time"}});
  return store.AsOf(day, known);
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
  methods_.Create("CreateOrganization", this, &OrganizationService::Create);
  methods_.Update("UpdateOrganization", this, &OrganizationService::Update);
  methods_.Transition("MoveOrganization", this, &OrganizationService::Move);
  methods_.Batch<v1::BatchTransitionOrganizationsRequest, v1::BatchTransitionOrganizationsResponse>(
      "BatchTransitionOrganizations");
  methods_.service().BidiStream<v1::ImportOrganizationsRequest, v1::ImportOrganizationsResponse>(
      "ImportOrganizations",
      [this](rpc::Call& call, rpc::Reader<v1::ImportOrganizationsRequest>& requests,
             rpc::Writer<v1::ImportOrganizationsResponse>& responses) {
        return Import(call, requests, responses);
      });
}

absl::StatusOr<v1::Organization> OrganizationService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const paging::Condition rows, RowsFor(request, store_, environment_));
  return store_.Show(connection, call.scope(), request.name(), rows);
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
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListOrganizationsResponse::mutable_organizations,
                        std::move(conditions), std::move(rows));
}

absl::StatusOr<v1::SearchOrganizationsResponse> OrganizationService::Search(
    rpc::Call& call, mysql::Connection& connection, const v1::SearchOrganizationsRequest& request) {
  std::vector<paging::Condition> conditions = store_.NamesHold(request.query());
  if (!request.subtree().empty()) {
    ASSIGN_OR_RETURN(paging::Condition subtree, store_.Subtree(connection, request.subtree()));
    conditions.push_back(std::move(subtree));
  }
  v1::SearchOrganizationsResponse response;
  const resource::Question question{.page_size = request.page_size(),
                                    .page_token = request.page_token(),
                                    .filter = request.filter(),
                                    .order_by = "",
                                    .conditions = std::move(conditions)};
  ASSIGN_OR_RETURN(std::string next,
                   store_.messages().List(connection, call.scope(), environment_.tokens, Searched(),
                                          question, [&] { return response.add_organizations(); }));
  response.set_next_page_token(std::move(next));
  return response;
}

absl::StatusOr<v1::Organization> OrganizationService::Create(
    journal::Transaction& tx, const v1::CreateOrganizationRequest& request) {
  tx.set_reason(request.reason());
  v1::Organization organization = request.organization();
  resource::KeepInput(organization);
  return CreateUnder(tx, std::move(organization));
}

absl::StatusOr<v1::Organization> OrganizationService::CreateUnder(journal::Transaction& tx,
                                                                  v1::Organization organization) {
  RETURN_IF_ERROR(CheckConsistency(organization));
  RETURN_IF_ERROR(CheckParentReached(tx, organization.parent()));
  std::string parent_path;
  if (!organization.parent().empty()) {
    ASSIGN_OR_RETURN(parent_path,
                     store_.LockPath(tx, "organization.parent", organization.parent()));
  }
  RETURN_IF_ERROR(CheckPlace(organization, "", parent_path, 1));
  RETURN_IF_ERROR(CheckReferences(tx, organization));
  return store_.Create(tx, std::move(organization), parent_path);
}

absl::Status OrganizationService::CheckReferences(journal::Transaction& tx,
                                                  const v1::Organization& organization) {
  ASSIGN_OR_RETURN(const bool division,
                   store_.DivisionExists(tx.connection(), organization.division()));
  if (!division)
    return status::Error(status::kReferenceNotFound, {{"field", "organization.division"},
                                                      {"resource", organization.division()}});
  if (organization.competent_department().empty()) return absl::OkStatus();
  const absl::StatusOr<std::string> department =
      store_.Path(tx.connection(), organization.competent_department());
  if (!absl::IsNotFound(department.status())) return department.status();
  return status::Error(status::kReferenceNotFound,
                       {{"field", "organization.competent_department"},
                        {"resource", organization.competent_department()}});
}

// The organization an update speaks of; empty where it shall be created.
absl::StatusOr<std::string> OrganizationService::NameToUpdate(
    journal::Transaction& tx, const v1::UpdateOrganizationRequest& request) {
  const v1::Organization& wanted = request.organization();
  if (!wanted.name().empty()) return wanted.name();
  if (!request.allow_missing() || wanted.external_identifiers().empty()) {
    status::FieldViolations violations;
    violations.Add("organization.name", "REQUIRED",
                   "a name, or allow_missing and an external identifier, is required",
                   "必须给出名称，或给出外部标识并设置 allow_missing");
    return violations.ToStatus();
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> name,
                   store_.Find(tx.connection(), wanted.external_identifiers(0)));
  return name.value_or("");
}

absl::StatusOr<v1::Organization> OrganizationService::Update(
    journal::Transaction& tx, const v1::UpdateOrganizationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const std::string name, NameToUpdate(tx, request));
  if (name.empty()) {
    v1::Organization organization = request.organization();
    resource::KeepInput(organization);
    return CreateUnder(tx, std::move(organization));
  }
  const absl::StatusOr<v1::Organization> locked = store_.LockTarget(tx, name, request.etag());
  // Who knows it by an external identifier only is told no more than that it is taken.
  if (absl::IsNotFound(locked.status()) && request.organization().name().empty())
    return OrganizationStore::ExternalIdentifierTaken();
  RETURN_IF_ERROR(locked.status());
  const v1::Organization& before = *locked;
  v1::Organization after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.organization(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckConsistency(after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  return store_.Change(tx, before, std::move(after));
}

absl::StatusOr<v1::Organization> OrganizationService::Move(
    journal::Transaction& tx, const v1::MoveOrganizationRequest& request) {
  tx.set_reason(request.reason());
  RETURN_IF_ERROR(store_.LockTree(tx));
  ASSIGN_OR_RETURN(const v1::Organization before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const std::string own_path, store_.Path(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(const size_t height, store_.LockSubtree(tx, own_path));
  RETURN_IF_ERROR(CheckParentReached(tx, request.parent()));
  std::string parent_path;
  if (!request.parent().empty()) {
    ASSIGN_OR_RETURN(parent_path, store_.LockPath(tx, "parent", request.parent()));
  }
  RETURN_IF_ERROR(CheckPlace(before, own_path, parent_path, height));
  if (request.parent() == before.parent()) return before;
  v1::Organization after = before;
  after.set_parent(request.parent());
  return store_.Move(tx, before, std::move(after), own_path, parent_path);
}

absl::Status OrganizationService::Import(rpc::Call& call,
                                         rpc::Reader<v1::ImportOrganizationsRequest>& requests,
                                         rpc::Writer<v1::ImportOrganizationsResponse>& responses) {
  OrganizationImport import(environment_.journal, store_, call);
  v1::ImportOrganizationsRequest request;
  std::optional<bool> validate_only;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, requests.Read(&request));
    if (!more) return absl::OkStatus();
    if (!validate_only.has_value()) validate_only = request.validate_only();
    request.set_validate_only(*validate_only);
    ASSIGN_OR_RETURN(const v1::ImportOrganizationsResponse response, import.Take(request));
    if (!responses.Write(response)) return status::Error(status::kCancelled);
  }
}

}  // namespace qinglian::organization
