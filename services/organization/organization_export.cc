#include "services/organization/organization_export.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/resource/fields.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/organization_walk.h"

namespace qinglian::organization {
namespace {

constexpr int kRowsAtOnce = 500;

// What a row of `source` calls another organization: what the same source calls it, or else what it
// is called first.
v1::ExternalIdentifier IdentifierFor(const std::string& source, const v1::Organization& other) {
  for (const v1::ExternalIdentifier& identifier : other.external_identifiers()) {
    if (identifier.source() == source) return identifier;
  }
  return IdentifierOf(other);
}

v1::ImportRow RowOf(const v1::Organization& organization,
                    const std::map<std::string, v1::Organization>& others) {
  v1::ImportRow row;
  v1::Organization& body = *row.mutable_organization();
  body = organization;
  resource::KeepInput(body);
  body.clear_parent();
  body.clear_competent_department();
  if (body.external_identifiers().empty())
    *body.add_external_identifiers() = IdentifierOf(organization);
  const std::string& source = body.external_identifiers(0).source();
  const auto refer = [&](const std::string& name, std::string* other_source, std::string* id) {
    const auto other = others.find(name);
    if (other == others.end()) return;
    const v1::ExternalIdentifier identifier = IdentifierFor(source, other->second);
    *id = identifier.id();
    if (identifier.source() != source) *other_source = identifier.source();
  };
  refer(organization.parent(), row.mutable_parent_source(), row.mutable_parent_external_id());
  refer(organization.competent_department(), row.mutable_competent_department_source(),
        row.mutable_competent_department_external_id());
  return row;
}

}  // namespace

absl::Status ExportOrganizations(const OrganizationExportStores& stores, rpc::Call& call,
                                 const v1::ExportOrganizationsRequest& request,
                                 rpc::Writer<v1::ExportOrganizationsResponse>& responses) {
  OrganizationWalk walk(stores.environment, stores.organizations, call);
  v1::ExportOrganizationsResponse response;
  int64_t line = 0;
  RETURN_IF_ERROR(
      walk.Run(request.subtree(), access::v1::SENSITIVITY_UNSPECIFIED,
               [&](const std::vector<v1::Organization>& organizations) -> absl::Status {
                 std::set<std::string> names;
                 for (const v1::Organization& organization : organizations)
                   names.insert({organization.parent(), organization.competent_department()});
                 names.erase("");
                 ASSIGN_OR_RETURN(const auto others, walk.Named({names.begin(), names.end()}));
                 for (const v1::Organization& organization : organizations) {
                   v1::ImportRow& row = *response.add_rows();
                   row = RowOf(organization, others);
                   row.set_line(++line);
                   if (response.rows_size() < kRowsAtOnce) continue;
                   if (!responses.Write(response)) return status::Error(status::kCancelled);
                   response.clear_rows();
                 }
                 return absl::OkStatus();
               }));
  if (response.rows().empty() || responses.Write(response)) return absl::OkStatus();
  return status::Error(status::kCancelled);
}

}  // namespace qinglian::organization
