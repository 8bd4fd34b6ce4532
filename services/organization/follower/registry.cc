#include "services/organization/follower/registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/path.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization::follower {
namespace {

using mysql::Connection;
using mysql::Rows;

constexpr std::string_view kOrganizations = "organizations";
constexpr std::string_view kPosts = "posts";
constexpr std::string_view kPersons = "persons";

// The id in a name, nothing where it is not one of the collection.
std::optional<std::string> IdOf(std::string_view collection, std::string_view name) {
  const absl::StatusOr<id::Uuid> uuid = id::ParseName(collection, name);
  if (!uuid.ok()) return std::nullopt;
  return uuid->Bytes();
}

// The name of an id that may be NULL.
std::string NameIn(const Rows& rows, int column, std::string_view collection) {
  if (rows.IsNull(column)) return "";
  const absl::StatusOr<id::Uuid> uuid = id::Uuid::FromBytes(rows.Bytes(column));
  return uuid.ok() ? id::FormatName(collection, *uuid) : "";
}

// Whether a query has a row.
absl::StatusOr<bool> Any(Connection& connection, std::string_view sql,
                         std::initializer_list<mysql::Param> params) {
  ASSIGN_OR_RETURN(Rows rows, connection.Query(sql, params));
  return rows.Next();
}

// The path of an organization; empty where it is not known or has none yet.
absl::StatusOr<std::string> PathOf(Connection& connection, std::string_view organization) {
  const std::optional<std::string> id = IdOf(kOrganizations, organization);
  if (!id.has_value()) return std::string();
  ASSIGN_OR_RETURN(Rows rows,
                   connection.Query("SELECT path FROM known_organizations WHERE id = ?", {*id}));
  return rows.Next() ? rows.Bytes(0) : std::string();
}

v1::Post::Rank RankOf(const Rows& rows, int column) {
  v1::Post::Rank rank = v1::Post::RANK_UNSPECIFIED;
  v1::Post::Rank_Parse(rows.Bytes(column), &rank);
  return rank;
}

// Whether one of the ranks that follow is `at_least` or higher.
bool AnyRank(Rows& rows, v1::Post::Rank at_least) {
  while (rows.Next()) {
    const v1::Post::Rank rank = RankOf(rows, 0);
    // The higher, the smaller the number.
    if (rank != v1::Post::RANK_UNSPECIFIED && rank <= at_least) return true;
  }
  return false;
}

absl::StatusOr<std::vector<Holding>> Holdings(Connection& connection, std::string_view column,
                                              const std::optional<std::string>& id) {
  std::vector<Holding> holdings;
  if (!id.has_value()) return holdings;
  ASSIGN_OR_RETURN(Rows rows,
                   connection.Query(absl::StrCat("SELECT person, post, organization, `rank` "
                                                 "FROM known_assignments WHERE ",
                                                 absl::string_view(column.data(), column.size()),
                                                 " = ? AND state = 'STATE_CURRENT' ORDER BY id"),
                                    {*id}));
  while (rows.Next()) {
    holdings.push_back({NameIn(rows, 0, kPersons), NameIn(rows, 1, kPosts),
                        NameIn(rows, 2, kOrganizations), RankOf(rows, 3)});
  }
  return holdings;
}

}  // namespace

absl::StatusOr<std::optional<KnownOrganization>> FindOrganization(Connection& connection,
                                                                  std::string_view organization) {
  const std::optional<std::string> id = IdOf(kOrganizations, organization);
  if (!id.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(Rows rows,
                   connection.Query("SELECT parent, kind, state, display_name, division, level "
                                    "FROM known_organizations WHERE id = ?",
                                    {*id}));
  if (!rows.Next()) return std::nullopt;
  KnownOrganization found;
  found.name = std::string(organization);
  found.parent = NameIn(rows, 0, kOrganizations);
  v1::Organization::Kind_Parse(rows.Bytes(1), &found.kind);
  v1::Organization::State_Parse(rows.Bytes(2), &found.state);
  found.display_name = rows.Bytes(3);
  if (const std::string code = rows.Bytes(4); !code.empty()) {
    found.division = absl::StrCat("divisions/", code);
  }
  v1::Division::Level_Parse(rows.Bytes(5), &found.level);
  return found;
}

absl::StatusOr<std::optional<KnownPost>> FindPost(Connection& connection, std::string_view post) {
  const std::optional<std::string> id = IdOf(kPosts, post);
  if (!id.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(Rows rows, connection.Query("SELECT organization, `rank`, key_post, state "
                                               "FROM known_posts WHERE id = ?",
                                               {*id}));
  if (!rows.Next()) return std::nullopt;
  KnownPost found;
  found.name = std::string(post);
  found.organization = NameIn(rows, 0, kOrganizations);
  found.rank = RankOf(rows, 1);
  found.key_post = rows.Bool(2);
  v1::Post::State_Parse(rows.Bytes(3), &found.state);
  return found;
}

absl::StatusOr<std::optional<KnownPerson>> FindPerson(Connection& connection,
                                                      std::string_view person) {
  const std::optional<std::string> id = IdOf(kPersons, person);
  if (!id.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(Rows rows, connection.Query("SELECT organization, employment_state "
                                               "FROM known_persons WHERE id = ?",
                                               {*id}));
  if (!rows.Next()) return std::nullopt;
  KnownPerson found;
  found.name = std::string(person);
  found.organization = NameIn(rows, 0, kOrganizations);
  v1::Person::EmploymentState_Parse(rows.Bytes(1), &found.employment_state);
  return found;
}

absl::StatusOr<v1::Organization::State> OrganizationState(Connection& connection,
                                                          std::string_view organization) {
  ASSIGN_OR_RETURN(const std::optional<KnownOrganization> found,
                   FindOrganization(connection, organization));
  return found.has_value() ? found->state : v1::Organization::STATE_UNSPECIFIED;
}

absl::StatusOr<v1::Post::State> PostState(Connection& connection, std::string_view post) {
  ASSIGN_OR_RETURN(const std::optional<KnownPost> found, FindPost(connection, post));
  return found.has_value() ? found->state : v1::Post::STATE_UNSPECIFIED;
}

absl::StatusOr<bool> OrganizationExists(Connection& connection, std::string_view organization) {
  ASSIGN_OR_RETURN(const v1::Organization::State state,
                   OrganizationState(connection, organization));
  return state == v1::Organization::STATE_ACTIVE;
}

absl::StatusOr<bool> PostExists(Connection& connection, std::string_view post) {
  ASSIGN_OR_RETURN(const v1::Post::State state, PostState(connection, post));
  return state == v1::Post::STATE_ACTIVE;
}

absl::StatusOr<bool> PersonExists(Connection& connection, std::string_view person) {
  ASSIGN_OR_RETURN(const std::optional<KnownPerson> found, FindPerson(connection, person));
  return found.has_value() && found->employment_state == v1::Person::EMPLOYMENT_STATE_EMPLOYED;
}

absl::StatusOr<bool> HoldsRank(Connection& connection, std::string_view person,
                               std::string_view organization, v1::Post::Rank at_least) {
  const std::optional<std::string> person_id = IdOf(kPersons, person);
  const std::optional<std::string> organization_id = IdOf(kOrganizations, organization);
  if (!person_id.has_value() || !organization_id.has_value()) return false;
  ASSIGN_OR_RETURN(Rows rows,
                   connection.Query("SELECT `rank` FROM known_assignments WHERE person = ? "
                                    "AND state = 'STATE_CURRENT' AND organization = ?",
                                    {*person_id, *organization_id}));
  return AnyRank(rows, at_least);
}

absl::StatusOr<bool> HoldsRankAbove(Connection& connection, std::string_view person,
                                    std::string_view organization, v1::Post::Rank at_least) {
  const std::optional<std::string> person_id = IdOf(kPersons, person);
  const std::optional<std::string> organization_id = IdOf(kOrganizations, organization);
  if (!person_id.has_value() || !organization_id.has_value()) return false;
  ASSIGN_OR_RETURN(Rows rows,
                   connection.Query("SELECT a.`rank` FROM known_organizations below "
                                    "JOIN known_assignments a ON a.person = ? "
                                    "AND a.state = 'STATE_CURRENT' "
                                    "JOIN known_organizations o ON o.id = a.organization "
                                    "AND o.id <> below.id AND o.path <> '' "
                                    "AND o.path = LEFT(below.path, LENGTH(o.path)) "
                                    "WHERE below.id = ?",
                                    {*person_id, *organization_id}));
  return AnyRank(rows, at_least);
}

absl::StatusOr<bool> PersonInSubtree(Connection& connection, std::string_view person,
                                     std::string_view root) {
  const std::optional<std::string> person_id = IdOf(kPersons, person);
  ASSIGN_OR_RETURN(const std::string path, PathOf(connection, root));
  if (!person_id.has_value() || path.empty()) return false;
  const std::string end = access::PathEnd(path);
  return Any(connection,
             "SELECT 1 FROM known_persons p JOIN known_organizations o ON o.id = p.organization "
             "WHERE p.id = ? AND p.employment_state = 'EMPLOYMENT_STATE_EMPLOYED' "
             "AND o.path >= ? AND o.path < ? "
             "UNION ALL SELECT 1 FROM known_assignments a "
             "JOIN known_organizations o ON o.id = a.organization "
             "WHERE a.person = ? AND a.state = 'STATE_CURRENT' AND o.path >= ? AND o.path < ? "
             "LIMIT 1",
             {*person_id, path, end, *person_id, path, end});
}

absl::StatusOr<std::vector<Holding>> HoldingsOf(Connection& connection, std::string_view person) {
  return Holdings(connection, "person", IdOf(kPersons, person));
}

absl::StatusOr<std::vector<Holding>> HoldersOf(Connection& connection, std::string_view post) {
  return Holdings(connection, "post", IdOf(kPosts, post));
}

absl::StatusOr<std::vector<std::string>> CurrentOrganizationsOf(Connection& connection,
                                                                std::string_view person) {
  ASSIGN_OR_RETURN(std::vector<Holding> holdings, HoldingsOf(connection, person));
  // What is not said comes last.
  const auto place = [](const Holding& holding) {
    return holding.rank == v1::Post::RANK_UNSPECIFIED ? v1::Post::Rank_MAX + 1 : holding.rank;
  };
  std::stable_sort(holdings.begin(), holdings.end(),
                   [&](const Holding& a, const Holding& b) { return place(a) < place(b); });
  std::vector<std::string> organizations;
  for (Holding& holding : holdings) {
    if (holding.organization.empty()) continue;
    if (std::find(organizations.begin(), organizations.end(), holding.organization) ==
        organizations.end()) {
      organizations.push_back(std::move(holding.organization));
    }
  }
  return organizations;
}

absl::StatusOr<bool> IsBelow(Connection& connection, std::string_view organization,
                             std::string_view root) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(connection, organization));
  ASSIGN_OR_RETURN(const std::string above, PathOf(connection, root));
  return !above.empty() && path.starts_with(above);
}

absl::StatusOr<std::vector<paging::Condition>> SubtreeCondition(Connection& connection,
                                                                const record::Plan& plan,
                                                                std::string_view root) {
  std::vector<paging::Condition> conditions;
  if (root.empty()) return conditions;
  ASSIGN_OR_RETURN(std::string path, PathOf(connection, root));
  if (path.empty()) return status::NotFound("organization.qinglian/Organization", root);
  paging::Condition condition{
      absl::StrCat(plan.table(), ".", plan.organization_field()->name(),
                   " IN (SELECT id FROM known_organizations WHERE path >= ? AND path < ?)"),
      {}};
  std::string end = access::PathEnd(path);
  condition.values.AddOwned(std::move(path));
  condition.values.AddOwned(std::move(end));
  conditions.push_back(std::move(condition));
  return conditions;
}

}  // namespace qinglian::organization::follower
