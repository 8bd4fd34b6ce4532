#include "services/supervision/registry.h"

#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/follower/registry.h"

namespace qinglian::supervision {

namespace follower = organization::follower;

namespace {

absl::Status NotKnown(std::string_view field, std::string_view resource) {
  return status::Error(status::kReferenceNotFound,
                       {{"field", std::string(field)}, {"resource", std::string(resource)}});
}

}  // namespace

absl::Status CheckOrganization(mysql::Connection& connection, std::string_view field,
                               std::string_view organization) {
  ASSIGN_OR_RETURN(const auto known, follower::FindOrganization(connection, organization));
  return known.has_value() ? absl::OkStatus() : NotKnown(field, organization);
}

absl::Status CheckPerson(mysql::Connection& connection, std::string_view field,
                         std::string_view person) {
  if (person.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto known, follower::FindPerson(connection, person));
  return known.has_value() ? absl::OkStatus() : NotKnown(field, person);
}

absl::StatusOr<bool> AllKnown(
    mysql::Connection& connection,
    const google::protobuf::RepeatedPtrField<std::string>& organizations) {
  for (const std::string& organization : organizations) {
    ASSIGN_OR_RETURN(const auto state, follower::OrganizationState(connection, organization));
    if (state == organization::v1::Organization::STATE_UNSPECIFIED) return false;
  }
  return true;
}

absl::StatusOr<bool> AllAtWork(mysql::Connection& connection,
                               const std::vector<std::string>& persons) {
  for (const std::string& person : persons) {
    ASSIGN_OR_RETURN(const bool at_work, follower::PersonExists(connection, person));
    if (!at_work) return false;
  }
  return true;
}

absl::StatusOr<Standing> StandingOf(mysql::Connection& connection, std::string_view person,
                                    std::string_view organization) {
  Standing standing;
  ASSIGN_OR_RETURN(const std::vector<std::string> organizations,
                   follower::CurrentOrganizationsOf(connection, person));
  standing.holds_post = !organizations.empty();
  for (const std::string& held : organizations) {
    ASSIGN_OR_RETURN(const bool below, follower::IsBelow(connection, held, organization));
    standing.holds_post_within = standing.holds_post_within || below;
  }
  return standing;
}

}  // namespace qinglian::supervision
