#include "common/visibility/visibility.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/access/path.h"
#include "common/id/names.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::visibility {
namespace {

using google::protobuf::Message;

constexpr char kOrganizationType[] = "organization.qinglian/Organization";
constexpr char kDenied[] = "DENIED";
constexpr char kKnows[] = "KNOWS";

std::string Placeholders(size_t count) {
  return absl::StrJoin(std::vector<const char*>(count, "?"), ", ");
}

absl::StatusOr<std::vector<std::string>> PathsOf(mysql::Connection& connection,
                                                 const std::vector<std::string_view>& ids) {
  std::vector<std::string> paths;
  if (ids.empty()) return paths;
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT path FROM known_organizations WHERE id IN (",
                                    Placeholders(ids.size()), ") AND path <> ''"),
                       std::vector<mysql::Param>(ids.begin(), ids.end())));
  while (rows.Next()) paths.push_back(rows.Bytes(0));
  // Every gateway lists grants in another order; page tokens are bound to what is asked.
  std::sort(paths.begin(), paths.end());
  return paths;
}

void AddOpenStates(const record::Plan& plan, const Protection& protection,
                   paging::Condition& condition) {
  if (protection.open_states().empty()) return;
  absl::StrAppend(&condition.sql, " OR ", plan.table(), ".state IN (",
                  Placeholders(protection.open_states().size()), ")");
  for (const std::string& state : protection.open_states()) condition.values.AddOwned(state);
}

// A condition "(FALSE OR …", to be closed.
absl::StatusOr<paging::Condition> InSubtrees(mysql::Connection& connection,
                                             const record::Plan& plan, const access::Scope& scope,
                                             access::v1::Sensitivity sensitivity) {
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   PathsOf(connection, scope.Roots(sensitivity)));
  paging::Condition condition{"(FALSE", {}};
  if (!paths.empty()) {
    absl::StrAppend(
        &condition.sql, " OR ", plan.table(), ".",
        plan.Find(plan.organization_field()->name())->name,
        " IN (SELECT id FROM known_organizations WHERE ",
        absl::StrJoin(std::vector<const char*>(paths.size(), "path >= ? AND path < ?"), " OR "),
        ")");
  }
  for (const std::string& path : paths) {
    condition.values.AddOwned(path);
    condition.values.AddOwned(access::PathEnd(path));
  }
  return condition;
}

// What is as confidential as what it is part of: only where the caller is shown that.
absl::StatusOr<paging::Condition> ShownConfidential(mysql::Connection& connection,
                                                    const record::Plan& plan,
                                                    const access::Scope& scope,
                                                    const Protection& protection) {
  ASSIGN_OR_RETURN(paging::Condition condition,
                   InSubtrees(connection, plan, scope, access::v1::SENSITIVITY_CONFIDENTIAL));
  absl::StrAppend(&condition.sql, " OR (SELECT 1 FROM ", protection.confidential_table(),
                  " c WHERE c.id = ", plan.table(), ".id LIMIT 1) IS NULL)");
  return condition;
}

// The ids of the persons who call; nobody else is ever denied or named.
std::vector<std::string> PersonIds(const access::Scope& scope) {
  std::vector<std::string> ids;
  for (const std::string_view person : scope.persons()) {
    const auto id = id::ParseName("persons", person);
    if (id.ok()) ids.push_back(id->Bytes());
  }
  return ids;
}

// Each part is a subquery of one row and not an EXISTS: MariaDB 10.11 makes a table of all that an
// EXISTS could find before it reads a row. A page out of 100,000 files took 600 ms, and takes 12.
paging::Condition InAudience(const record::Plan& plan, const Protection& protection,
                             const access::Scope& scope) {
  const std::vector<std::string> persons = PersonIds(scope);
  const std::string of_row =
      absl::StrCat("(SELECT 1 FROM ", protection.audience_table(), " a WHERE a.id = ", plan.table(),
                   ".", protection.audience_column(), " AND a.standing = ");
  const std::string named =
      persons.empty() ? " AND FALSE"
                      : absl::StrCat(" AND a.person IN (", Placeholders(persons.size()), ")");
  paging::Condition condition{
      absl::StrCat("(", of_row, "'", kDenied, "'", named, " LIMIT 1) IS NULL AND (", of_row, "'",
                   kKnows, "' LIMIT 1) IS NULL OR ", of_row, "'", kKnows, "'", named,
                   " LIMIT 1) IS NOT NULL))"),
      {}};
  for (int time = 0; time < 2; ++time) {
    for (const std::string& person : persons) condition.values.AddOwned(person);
  }
  return condition;
}

// Whose audience decides about a resource; nothing where no audience does.
std::optional<std::string> AudienceIdOf(const record::Plan& plan, const Protection& protection,
                                        const Message& resource) {
  if (protection.audience_table().empty()) return std::nullopt;
  const std::string field =
      protection.audience_column() == "id" ? "name" : protection.audience_column();
  const std::string name =
      resource.GetReflection()->GetString(resource, plan.message()->FindFieldByName(field));
  const auto id = id::ParseName(id::CollectionOf(name), name);
  if (!id.ok()) return std::nullopt;
  return id->Bytes();
}

absl::StatusOr<Audience> ReadAudience(mysql::Connection& connection, const Protection& protection,
                                      const std::string& id) {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query(absl::StrCat("SELECT standing, person FROM ",
                                                 protection.audience_table(), " WHERE id = ?"),
                                    {id}));
  Audience audience;
  while (rows.Next()) {
    const auto person = id::Uuid::FromBytes(rows.Bytes(1));
    if (!person.ok()) continue;
    auto& names = rows.Bytes(0) == kDenied ? audience.denied_to : audience.known_to;
    names.push_back(id::FormatName("persons", *person));
  }
  return audience;
}

// How far one resource may be seen: as its type, or more confidential.
absl::StatusOr<access::v1::Sensitivity> ReadSensitivity(mysql::Connection& connection,
                                                        const Protection& protection,
                                                        const std::string& id) {
  if (protection.confidential_table().empty()) return protection.sensitivity();
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query(absl::StrCat("SELECT 1 FROM ", protection.confidential_table(),
                                                 " WHERE id = ? LIMIT 1"),
                                    {id}));
  return rows.Next() ? std::max(protection.sensitivity(), access::v1::SENSITIVITY_CONFIDENTIAL)
                     : protection.sensitivity();
}

absl::Status InsertStanding(mysql::Connection& connection, const Protection& protection,
                            const std::string& id, std::string_view standing,
                            const std::vector<std::string>& persons) {
  const std::set<std::string> distinct(persons.begin(), persons.end());
  for (const std::string& name : distinct) {
    ASSIGN_OR_RETURN(const id::Uuid person, id::ParseName("persons", name));
    RETURN_IF_ERROR(connection
                        .Execute(absl::StrCat("INSERT INTO ", protection.audience_table(),
                                              " (id, standing, person) VALUES (?, ?, ?)"),
                                 {id, standing, person.Bytes()})
                        .status());
  }
  return absl::OkStatus();
}

// Those of these resources that meet the conditions.
absl::StatusOr<std::set<std::string>> Meeting(mysql::Connection& connection,
                                              const record::Plan& plan,
                                              const std::vector<paging::Condition>& conditions,
                                              const std::set<std::string>& names) {
  std::set<std::string> meeting;
  if (names.empty()) return meeting;
  record::Values ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::string id, plan.type().IdOf(name));
    ids.AddOwned(std::move(id));
  }
  std::vector<mysql::Param> params = ids.params();
  // Of few lengths, so that a connection keeps few statements.
  while (params.size() < std::bit_ceil(names.size())) params.push_back(params.back());
  std::string sql = absl::StrCat("SELECT id FROM ", plan.table(), " WHERE ", plan.table(),
                                 ".id IN (", Placeholders(params.size()), ")");
  for (const paging::Condition& condition : conditions) {
    absl::StrAppend(&sql, " AND ", condition.sql);
    params.insert(params.end(), condition.values.params().begin(), condition.values.params().end());
  }
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  while (rows.Next()) meeting.insert(plan.type().NameOf(rows.Bytes(0)));
  return meeting;
}

}  // namespace

absl::StatusOr<std::vector<paging::Condition>> Conditions(mysql::Connection& connection,
                                                          const record::Plan& plan,
                                                          const access::Scope& scope) {
  const Protection& protection = Protection::Of(plan.message());
  std::vector<paging::Condition> conditions;
  if (scope.principal() == nullptr) return conditions;
  const bool bounded = plan.organization_field() != nullptr && !protection.open() &&
                       !scope.ReachesAll(protection.sensitivity());
  if (bounded) {
    ASSIGN_OR_RETURN(paging::Condition within,
                     InSubtrees(connection, plan, scope, protection.sensitivity()));
    AddOpenStates(plan, protection, within);
    absl::StrAppend(&within.sql, ")");
    conditions.push_back(std::move(within));
  }
  if (!protection.confidential_table().empty() &&
      !scope.ReachesAll(access::v1::SENSITIVITY_CONFIDENTIAL)) {
    ASSIGN_OR_RETURN(conditions.emplace_back(),
                     ShownConfidential(connection, plan, scope, protection));
  }
  for (paging::Condition& condition : AudienceConditions(plan, scope))
    conditions.push_back(std::move(condition));
  return conditions;
}

absl::StatusOr<std::optional<std::vector<std::string>>> ReachedPaths(mysql::Connection& connection,
                                                                     const record::Plan& plan,
                                                                     const access::Scope& scope) {
  const Protection& protection = Protection::Of(plan.message());
  if (scope.principal() == nullptr || protection.open() || !protection.open_states().empty() ||
      scope.ReachesAll(protection.sensitivity())) {
    return std::nullopt;
  }
  return PathsOf(connection, scope.Roots(protection.sensitivity()));
}

absl::StatusOr<paging::Condition> ShownAs(mysql::Connection& connection, const record::Plan& plan,
                                          const access::Scope& scope,
                                          access::v1::Sensitivity sensitivity) {
  ASSIGN_OR_RETURN(paging::Condition condition, InSubtrees(connection, plan, scope, sensitivity));
  absl::StrAppend(&condition.sql, ")");
  return condition;
}

std::vector<paging::Condition> AudienceConditions(const record::Plan& plan,
                                                  const access::Scope& scope) {
  const Protection& protection = Protection::Of(plan.message());
  std::vector<paging::Condition> conditions;
  if (!protection.audience_table().empty() && !scope.persons().empty())
    conditions.push_back(InAudience(plan, protection, scope));
  return conditions;
}

absl::StatusOr<bool> Sees(mysql::Connection& connection, const record::Plan& plan,
                          const access::Scope& scope, std::string_view name) {
  ASSIGN_OR_RETURN(const std::set<std::string> seen,
                   SeenOf(connection, plan, scope, {std::string(name)}));
  return !seen.empty();
}

absl::StatusOr<std::set<std::string>> SeenOf(mysql::Connection& connection,
                                             const record::Plan& plan, const access::Scope& scope,
                                             const std::set<std::string>& names) {
  if (names.empty()) return std::set<std::string>();
  ASSIGN_OR_RETURN(const std::vector<paging::Condition> conditions,
                   Conditions(connection, plan, scope));
  return Meeting(connection, plan, conditions, names);
}

absl::StatusOr<std::set<std::string>> KnownOf(mysql::Connection& connection,
                                              const record::Plan& plan, const access::Scope& scope,
                                              const std::set<std::string>& names) {
  return Meeting(connection, plan, AudienceConditions(plan, scope), names);
}

absl::StatusOr<bool> Reaches(mysql::Connection& connection, const access::Scope& scope,
                             std::string_view organization) {
  if (scope.ReachesAll(access::v1::SENSITIVITY_UNSPECIFIED)) return true;
  // What belongs to the installation itself.
  if (organization.empty()) return false;
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("organizations", organization));
  const std::string bytes = id.Bytes();
  ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                   PathsOf(connection, {std::string_view(bytes)}));
  const bool reached =
      scope.Reaches(paths.empty() ? std::string_view() : std::string_view(paths[0]));
  if (!reached && !paths.empty()) scope.NoteRefused();
  return reached;
}

absl::Status CheckReaches(mysql::Connection& connection, const access::Scope& scope,
                          std::string_view organization) {
  ASSIGN_OR_RETURN(const bool reached, Reaches(connection, scope, organization));
  return reached ? absl::OkStatus() : status::NotFound(kOrganizationType, organization);
}

std::string PathColumn(const record::Plan& plan) {
  if (plan.organization_field() == nullptr) return "NULL";
  return absl::StrCat("(SELECT o.path FROM known_organizations o WHERE o.id = ", plan.table(), ".",
                      plan.Find(plan.organization_field()->name())->name, ")");
}

absl::StatusOr<access::Decision> Decide(mysql::Connection& connection, const record::Plan& plan,
                                        const access::Scope& scope, Use use,
                                        const Message& resource,
                                        std::string_view organization_path) {
  const Protection& protection = Protection::Of(plan.message());
  const bool open = protection.OpenTo(use, resource);
  access::Scope::Resource facts{.sensitivity = protection.sensitivity()};
  if (plan.organization_field() != nullptr && !open) facts.organization_path = organization_path;
  Audience audience;
  const std::optional<std::string> id = AudienceIdOf(plan, protection, resource);
  if (id.has_value()) {
    ASSIGN_OR_RETURN(facts.sensitivity, ReadSensitivity(connection, protection, *id));
    if (!scope.persons().empty()) {
      ASSIGN_OR_RETURN(audience, ReadAudience(connection, protection, *id));
    }
  }
  facts.denied_to = audience.denied_to;
  facts.known_to = audience.known_to;
  access::Decision decision = scope.Decide(facts);
  // What is open is read from everywhere, and its protected fields by whom it belongs to.
  if (open && plan.organization_field() != nullptr)
    decision.view = ViewOf(scope, organization_path);
  return decision;
}

access::v1::Sensitivity ViewOf(const access::Scope& scope, std::string_view organization_path) {
  return scope.Decide({.organization_path = organization_path}).view;
}

absl::StatusOr<std::map<std::string, std::string>> PathsOfOrganizations(
    mysql::Connection& connection, const std::set<std::string>& names) {
  std::map<std::string, std::string> paths;
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    const auto id = id::ParseName("organizations", name);
    if (id.ok()) ids.push_back(id->Bytes());
  }
  if (ids.empty()) return paths;
  const std::string last = ids.back();
  ids.resize(std::bit_ceil(ids.size()), last);
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(absl::StrCat("SELECT id, path FROM known_organizations WHERE id IN (",
                                    Placeholders(ids.size()), ")"),
                       std::vector<mysql::Param>(ids.begin(), ids.end())));
  while (rows.Next()) {
    ASSIGN_OR_RETURN(const id::Uuid id, id::Uuid::FromBytes(rows.Bytes(0)));
    paths[id::FormatName("organizations", id)] = rows.Bytes(1);
  }
  return paths;
}

absl::Status StoreAudience(mysql::Connection& connection, const record::Plan& plan,
                           const Message* before, const Message& after) {
  const Protection& protection = Protection::Of(plan.message());
  if (!protection.declares_audience()) return absl::OkStatus();
  const Audience now = protection.AudienceOf(after);
  if (before != nullptr) {
    const Audience then = protection.AudienceOf(*before);
    if (then.denied_to == now.denied_to && then.known_to == now.known_to) return absl::OkStatus();
  }
  const std::optional<std::string> id = AudienceIdOf(plan, protection, after);
  if (!id.has_value()) return absl::InternalError("a resource with an audience has no id");
  if (before != nullptr) {
    RETURN_IF_ERROR(
        connection
            .Execute(absl::StrCat("DELETE FROM ", protection.audience_table(), " WHERE id = ?"),
                     {*id})
            .status());
  }
  RETURN_IF_ERROR(InsertStanding(connection, protection, *id, kDenied, now.denied_to));
  return InsertStanding(connection, protection, *id, kKnows, now.known_to);
}

}  // namespace qinglian::visibility
