#include "services/organization/follower/organization_projection.h"

#include <optional>

#include "absl/flags/flag.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/person.pb.h"
#include "qinglian/organization/v1/post.pb.h"
#include "services/organization/follower/tree.h"

ABSL_FLAG(std::string, organization_address, "", "Where the organization service is called.");

namespace qinglian::organization::follower {
namespace {

using journal::v1::Change;
using mysql::Connection;

// The id in a name that may be empty.
absl::StatusOr<std::optional<std::string>> IdOf(std::string_view collection,
                                                std::string_view name) {
  if (name.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const id::Uuid uuid, id::ParseName(collection, name));
  return uuid.Bytes();
}

absl::StatusOr<std::optional<absl::CivilDay>> DayOf(bool set, const google::type::Date& date) {
  if (!set) return std::nullopt;
  ASSIGN_OR_RETURN(const absl::CivilDay day, clock::ToDay(date));
  return day;
}

std::string_view DivisionCode(std::string_view name) {
  constexpr std::string_view kPrefix = "divisions/";
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : std::string_view();
}

absl::Status Keep(Connection& connection, const v1::Organization& organization, int64_t version) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("organizations", organization.name()));
  ASSIGN_OR_RETURN(const std::optional<std::string> parent,
                   IdOf("organizations", organization.parent()));
  ASSIGN_OR_RETURN(const Placement placement, Place(connection, id.Bytes(), parent));
  RETURN_IF_ERROR(
      connection
          .Execute("INSERT INTO known_organizations (id, version, parent, path, kind, state, "
                   "display_name, division, level) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                   "ON DUPLICATE KEY UPDATE version = VALUES(version), parent = VALUES(parent), "
                   "path = VALUES(path), kind = VALUES(kind), state = VALUES(state), "
                   "display_name = VALUES(display_name), division = VALUES(division), "
                   "level = VALUES(level)",
                   {id.Bytes(), version, parent, placement.path,
                    v1::Organization::Kind_Name(organization.kind()),
                    v1::Organization::State_Name(organization.state()), organization.display_name(),
                    DivisionCode(organization.division()),
                    v1::Division::Level_Name(organization.level())})
          .status());
  return MoveBelow(connection, placement);
}

absl::Status Keep(Connection& connection, const v1::Post& post, int64_t version) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("posts", post.name()));
  ASSIGN_OR_RETURN(const std::optional<std::string> organization,
                   IdOf("organizations", post.organization()));
  return connection
      .Execute(
          "INSERT INTO known_posts (id, version, organization, `rank`, key_post, state) "
          "VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version), "
          "organization = VALUES(organization), `rank` = VALUES(`rank`), "
          "key_post = VALUES(key_post), state = VALUES(state)",
          {id.Bytes(), version, organization, v1::Post::Rank_Name(post.rank()), post.key_post(),
           v1::Post::State_Name(post.state())})
      .status();
}

absl::Status Keep(Connection& connection, const v1::Assignment& assignment, int64_t version) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("assignments", assignment.name()));
  ASSIGN_OR_RETURN(const std::optional<std::string> person, IdOf("persons", assignment.person()));
  ASSIGN_OR_RETURN(const std::optional<std::string> post, IdOf("posts", assignment.post()));
  ASSIGN_OR_RETURN(const std::optional<std::string> organization,
                   IdOf("organizations", assignment.organization()));
  ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> start,
                   DayOf(assignment.has_start_date(), assignment.start_date()));
  ASSIGN_OR_RETURN(const std::optional<absl::CivilDay> end,
                   DayOf(assignment.has_end_date(), assignment.end_date()));
  return connection
      .Execute(
          "INSERT INTO known_assignments (id, version, person, post, organization, `rank`, "
          "start_date, end_date, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
          "ON DUPLICATE KEY UPDATE version = VALUES(version), person = VALUES(person), "
          "post = VALUES(post), organization = VALUES(organization), "
          "`rank` = VALUES(`rank`), start_date = VALUES(start_date), "
          "end_date = VALUES(end_date), state = VALUES(state)",
          {id.Bytes(), version, person, post, organization, v1::Post::Rank_Name(assignment.rank()),
           start, end, v1::Assignment::State_Name(assignment.state())})
      .status();
}

absl::Status Keep(Connection& connection, const v1::Person& person, int64_t version) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("persons", person.name()));
  ASSIGN_OR_RETURN(const std::optional<std::string> organization,
                   IdOf("organizations", person.organization()));
  return connection
      .Execute(
          "INSERT INTO known_persons (id, version, organization, employment_state) "
          "VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE version = VALUES(version), "
          "organization = VALUES(organization), "
          "employment_state = VALUES(employment_state)",
          {id.Bytes(), version, organization,
           v1::Person::EmploymentState_Name(person.employment_state())})
      .status();
}

template <class T>
absl::Status KeepAfter(Connection& connection, const Change& change) {
  T resource;
  if (!change.after().UnpackTo(&resource)) {
    return status::Error(status::kRequestInvalid,
                         {{"detail", "the image of a change is not of its kind"}});
  }
  return Keep(connection, resource, change.version());
}

template <class T>
std::string KindOf() {
  return T::descriptor()->full_name();
}

}  // namespace

std::vector<std::string> OrganizationProjection::kinds() const {
  return {KindOf<v1::Organization>(), KindOf<v1::Person>(), KindOf<v1::Post>(),
          KindOf<v1::Assignment>()};
}

absl::Status OrganizationProjection::Apply(Connection& connection, const Change& change) {
  if (change.kind() == KindOf<v1::Organization>()) {
    return KeepAfter<v1::Organization>(connection, change);
  }
  if (change.kind() == KindOf<v1::Person>()) return KeepAfter<v1::Person>(connection, change);
  if (change.kind() == KindOf<v1::Post>()) return KeepAfter<v1::Post>(connection, change);
  if (change.kind() == KindOf<v1::Assignment>()) {
    return KeepAfter<v1::Assignment>(connection, change);
  }
  return absl::OkStatus();
}

absl::Status OrganizationProjection::Remove(Connection& connection, std::string_view kind,
                                            std::string_view resource) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName(id::CollectionOf(resource), resource));
  const char* sql = nullptr;
  if (kind == KindOf<v1::Organization>()) {
    sql = "UPDATE known_organizations SET state = '' WHERE id = ?";
  } else if (kind == KindOf<v1::Person>()) {
    sql = "UPDATE known_persons SET employment_state = '' WHERE id = ?";
  } else if (kind == KindOf<v1::Post>()) {
    sql = "UPDATE known_posts SET state = '' WHERE id = ?";
  } else if (kind == KindOf<v1::Assignment>()) {
    sql = "UPDATE known_assignments SET state = '' WHERE id = ?";
  }
  if (sql == nullptr) return absl::OkStatus();
  return connection.Execute(sql, {id.Bytes()}).status();
}

}  // namespace qinglian::organization::follower
