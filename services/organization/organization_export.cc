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
#include "services/organization/export_place.h"
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

// One export under way. Used by one thread.
class Export {
 public:
  Export(const OrganizationExportStores& stores, rpc::Call& call,
         const v1::ExportOrganizationsRequest& request,
         rpc::Writer<v1::ExportOrganizationsResponse>& responses)
      : tokens_(stores.environment.tokens),
        request_(request),
        question_("organizations under " + request.subtree()),
        responses_(responses),
        walk_(stores.environment, stores.organizations, call) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(place_, PlaceOf(tokens_, question_, request_.page_token()));
    walk_.BeginAt(place_.organization);
    RETURN_IF_ERROR(walk_.Run(request_.subtree(), access::v1::SENSITIVITY_UNSPECIFIED,
                              [this](const auto& organizations) { return Visit(organizations); }));
    return response_.rows().empty() ? absl::OkStatus() : Send();
  }

 private:
  absl::Status Visit(const std::vector<v1::Organization>& organizations) {
    std::set<std::string> names;
    for (const v1::Organization& organization : organizations)
      names.insert({organization.parent(), organization.competent_department()});
    names.erase("");
    ASSIGN_OR_RETURN(const auto others, walk_.Named({names.begin(), names.end()}));
    for (const v1::Organization& organization : organizations) {
      // Where one that broke off goes on, this was sent.
      if (organization.name() == place_.organization) continue;
      v1::ImportRow& row = *response_.add_rows();
      row = RowOf(organization, others);
      row.set_line(++place_.line);
      place_.organization = organization.name();
      if (response_.rows_size() == kRowsAtOnce) RETURN_IF_ERROR(Send());
    }
    return absl::OkStatus();
  }

  absl::Status Send() {
    response_.set_next_page_token(TokenOf(tokens_, question_, place_));
    if (!responses_.Write(response_)) return status::Error(status::kCancelled);
    response_.clear_rows();
    return absl::OkStatus();
  }

  const paging::TokenCodec& tokens_;
  const v1::ExportOrganizationsRequest& request_;
  const std::string question_;
  rpc::Writer<v1::ExportOrganizationsResponse>& responses_;
  OrganizationWalk walk_;
  v1::ExportOrganizationsResponse response_;
  ExportPlace place_;
};

}  // namespace

absl::Status ExportOrganizations(const OrganizationExportStores& stores, rpc::Call& call,
                                 const v1::ExportOrganizationsRequest& request,
                                 rpc::Writer<v1::ExportOrganizationsResponse>& responses) {
  return Export(stores, call, request, responses).Run();
}

}  // namespace qinglian::organization
