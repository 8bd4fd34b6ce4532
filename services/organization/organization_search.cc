#include "services/organization/organization_search.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/access/path.h"
#include "common/clock/date.h"
#include "common/paging/filter.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

// How many pieces of a long query are asked for; the text itself decides.
constexpr size_t kPieces = 6;
// How many organizations one look-up of former names asks for.
constexpr int kFewNames = 20;
constexpr int kManyNames = 100;

const resource::Listing& Searched() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"division", "kind", "level", "state"},
                             .order_fields = {"name"},
                             .default_page_size = 20,
                             .max_page_size = 100};
  return listing;
}

absl::Status TooShort() {
  status::FieldViolations violations;
  violations.Add("query", "TOO_SHORT", "must have at least two characters that are searched by",
                 "至少须有两个可供检索的字符");
  return violations.ToStatus();
}

// The condition that a name of now or of before holds a text.
paging::Condition NamesHold(std::string_view text) {
  const std::string like = absl::StrCat(
      "%", absl::StrReplaceAll(std::string(text), {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}),
      "%");
  paging::Condition condition{
      "(organizations.search_text LIKE ? OR organizations.former_text LIKE ?)", {}};
  condition.values.AddOwned(like);
  condition.values.AddOwned(like);
  return condition;
}

// Some of many pieces, from all over the text.
std::vector<std::string> Some(const std::vector<std::string>& pieces) {
  if (pieces.size() <= kPieces) return pieces;
  std::vector<std::string> some;
  for (size_t i = 0; i < kPieces; ++i)
    some.push_back(pieces[i * (pieces.size() - 1) / (kPieces - 1)]);
  return some;
}

std::string Organizations(const char* index) {
  return absl::StrCat("organizations FORCE INDEX (", index, ")");
}

// Subtrees of the tree, by the paths of their roots.
paging::Condition Within(const std::vector<std::string>& paths) {
  if (paths.empty()) return {"FALSE", {}};
  paging::Condition condition{
      absl::StrCat("(",
                   absl::StrJoin(std::vector<const char*>(paths.size(),
                                                          "organizations.path >= ? AND "
                                                          "organizations.path < ?"),
                                 " OR "),
                   ")"),
      {}};
  for (const std::string& path : paths) {
    condition.values.AddOwned(path);
    condition.values.AddOwned(access::PathEnd(path));
  }
  return condition;
}

// That a column has a value.
paging::Condition Equal(const char* sql, std::string value) {
  paging::Condition condition{sql, {}};
  condition.values.AddOwned(std::move(value));
  return condition;
}

// Whether a former name of a row of a history holds the text.
bool Holds(const std::string& text, const std::string& display_name,
           const std::string& short_name) {
  return Normalize(display_name).find(text) != std::string::npos ||
         Normalize(short_name).find(text) != std::string::npos;
}

}  // namespace

absl::StatusOr<v1::SearchOrganizationsResponse> OrganizationSearch::Find(
    mysql::Connection& connection, const access::Scope& scope, const paging::TokenCodec& tokens,
    const v1::SearchOrganizationsRequest& request) const {
  const std::string text = Normalize(request.query());
  const std::vector<std::string> pieces = Some(Pieces(text));
  if (pieces.empty()) return TooShort();
  resource::Question question;
  question.page_size = request.page_size();
  question.page_token = request.page_token();
  question.filter = request.filter();
  question.conditions.push_back(NamesHold(text));
  if (!request.subtree().empty()) {
    ASSIGN_OR_RETURN(question.conditions.emplace_back(),
                     store_.Subtree(connection, request.subtree()));
  }
  if (!request.show_ended())
    question.conditions.push_back({"organizations.state = 'STATE_ACTIVE'", {}});
  ASSIGN_OR_RETURN(std::vector<resource::Way> ways, ShortWays(connection, scope, request, pieces));
  v1::SearchOrganizationsResponse response;
  for (resource::Way& way : ways) {
    response.Clear();
    question.way = std::move(way);
    ASSIGN_OR_RETURN(std::string next,
                     store_.messages().List(connection, scope, tokens, Searched(), question,
                                            [&] { return response.add_organizations(); }));
    response.set_next_page_token(std::move(next));
    if (!response.next_page_token().empty()) break;
  }
  RETURN_IF_ERROR(AddFormerNames(connection, text, response));
  return response;
}

absl::StatusOr<std::vector<resource::Way>> OrganizationSearch::ShortWays(
    mysql::Connection& connection, const access::Scope& scope,
    const v1::SearchOrganizationsRequest& request, const std::vector<std::string>& pieces) const {
  std::vector<Set> bounds, sets;
  std::string kind, area;
  RETURN_IF_ERROR(AddBounds(connection, scope, request, bounds, kind, area));
  const auto add = [&](const std::string& piece, const char* index, const char* sql,
                       const std::string* value) {
    Set& set = sets.emplace_back(
        Set{absl::StrCat("organization_pieces FORCE INDEX (", index, ")"), {sql, {}}, true});
    set.condition.values.AddOwned(piece);
    if (value != nullptr) set.condition.values.AddOwned(*value);
  };
  for (const std::string& piece : pieces) {
    if (!area.empty()) {
      add(piece, "organization_pieces_by_area",
          "organization_pieces.piece = ? AND organization_pieces.area = ?", &area);
    }
    if (!kind.empty()) {
      add(piece, "organization_pieces_by_kind",
          "organization_pieces.piece = ? AND organization_pieces.organization_kind = ?", &kind);
    }
    if (area.empty() && kind.empty())
      add(piece, "PRIMARY", "organization_pieces.piece = ?", nullptr);
  }
  for (Set& bound : bounds) sets.push_back(std::move(bound));
  ASSIGN_OR_RETURN(const auto least, Least(connection, sets));
  const Set& set = sets[least.first];
  std::vector<resource::Way> ways;
  // The first is of a piece, and as large as was counted at least. Pages after the first begin
  // anywhere.
  if (!set.pieces && least.second >= limits_.long_scan && request.page_token().empty())
    ways.push_back(Along(sets[0], limits_.tried));
  ways.push_back(Along(set, 0));
  return ways;
}

resource::Way OrganizationSearch::Along(const Set& set, int most) {
  resource::Way way;
  paging::Condition& where = most == 0 ? way.condition : way.from;
  for (const mysql::Param& param : set.condition.values.params())
    where.values.AddOwned(std::string(std::get<std::string_view>(param.value())));
  way.condition.sql = most == 0 ? set.condition.sql : "TRUE";
  way.from.sql =
      most == 0 ? set.from
                : absl::StrCat("(SELECT organization FROM ", set.from, " WHERE ", set.condition.sql,
                               " ORDER BY organization LIMIT ", most, ") AS organization_pieces");
  if (set.pieces) {
    absl::StrAppend(&way.from.sql,
                    " JOIN organizations ON organizations.id = organization_pieces.organization");
  }
  return way;
}

absl::Status OrganizationSearch::AddBounds(mysql::Connection& connection,
                                           const access::Scope& scope,
                                           const v1::SearchOrganizationsRequest& request,
                                           std::vector<Set>& sets, std::string& kind,
                                           std::string& area) const {
  ASSIGN_OR_RETURN(const std::vector<paging::Demand> demands,
                   paging::DemandsOf(store_.plan(), Searched().filter_fields, request.filter()));
  for (const paging::Demand& demand : demands) {
    const std::string& field = demand.column->name;
    if (field == "kind") {
      kind = demand.value;
    } else if (field == "division") {
      sets.push_back({Organizations("organizations_by_division"),
                      Equal("organizations.division = ?", demand.value)});
    } else if (field == "level") {
      sets.push_back({Organizations("organizations_by_level"),
                      Equal("organizations.level = ?", demand.value)});
    } else if (demand.value != v1::Organization::State_Name(v1::Organization::STATE_ACTIVE)) {
      // What exists has no last day.
      sets.push_back(
          {Organizations("organizations_by_end"), {"organizations.end_date IS NOT NULL", {}}});
    }
  }
  ASSIGN_OR_RETURN(const std::optional<std::vector<std::string>> reached,
                   visibility::ReachedPaths(connection, store_.plan(), scope));
  std::vector<std::vector<std::string>> places;
  if (!request.subtree().empty()) {
    ASSIGN_OR_RETURN(std::string path, store_.Path(connection, request.subtree()));
    places.push_back({std::move(path)});
  }
  if (reached.has_value()) places.push_back(*reached);
  for (const std::vector<std::string>& paths : places) {
    if (area.empty() && paths.size() == 1 && paths[0].size() > kPathStep) area = AreaOf(paths[0]);
    sets.push_back({Organizations("organizations_by_path"), Within(paths)});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::pair<size_t, int64_t>> OrganizationSearch::Least(
    mysql::Connection& connection, const std::vector<Set>& sets) const {
  if (sets.size() == 1) return std::pair<size_t, int64_t>(0, 0);
  std::vector<mysql::Param> params;
  for (const Set& set : sets) {
    const std::vector<mysql::Param>& values = set.condition.values.params();
    params.insert(params.end(), values.begin(), values.end());
  }
  for (const int most : {limits_.few, limits_.many}) {
    std::vector<std::string> counts;
    for (const Set& set : sets) {
      counts.push_back(absl::StrCat("(SELECT COUNT(*) FROM (SELECT 1 FROM ", set.from, " WHERE ",
                                    set.condition.sql, " LIMIT ", most, ") AS counted)"));
    }
    ASSIGN_OR_RETURN(mysql::Rows rows,
                     connection.Query("SELECT " + absl::StrJoin(counts, ", "), params));
    rows.Next();
    size_t least = 0;
    for (size_t i = 1; i < sets.size(); ++i) {
      if (rows.Int(static_cast<int>(i)) < rows.Int(static_cast<int>(least))) least = i;
    }
    const int64_t size = rows.Int(static_cast<int>(least));
    if (size < most) return std::pair<size_t, int64_t>(least, size);
  }
  return std::pair<size_t, int64_t>(0, limits_.many);
}

absl::Status OrganizationSearch::AddFormerNames(mysql::Connection& connection,
                                                const std::string& text,
                                                v1::SearchOrganizationsResponse& response) const {
  std::vector<std::string> ids;
  for (const v1::Organization& organization : response.organizations()) {
    if (Holds(text, organization.display_name(), organization.short_name())) continue;
    ASSIGN_OR_RETURN(ids.emplace_back(), store_.plan().type().IdOf(organization.name()));
  }
  if (ids.empty()) return absl::OkStatus();
  // Filled up by repeating, so that few statements are prepared.
  ids.resize(ids.size() <= kFewNames ? kFewNames : kManyNames, std::string(ids.back()));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          absl::StrCat("SELECT organization, valid_from, valid_to, display_name, short_name FROM "
                       "organization_versions WHERE recorded_to = '9999-12-31' AND organization "
                       "IN (",
                       absl::StrJoin(std::vector<const char*>(ids.size(), "?"), ", "),
                       ") ORDER BY organization, valid_from DESC"),
          std::vector<mysql::Param>(ids.begin(), ids.end())));
  v1::SearchOrganizationsResponse::FormerName* found = nullptr;
  // Whether the row before, which is of the days after, is the one that was found.
  bool just_found = false;
  while (rows.Next()) {
    const std::string name = store_.plan().type().NameOf(rows.Bytes(0));
    const bool seen = found != nullptr && found->organization() == name;
    const bool same = seen && just_found && found->display_name() == rows.Bytes(3) &&
                      found->short_name() == rows.Bytes(4);
    if (same) *found->mutable_first_date() = clock::ToDate(rows.Day(1));
    just_found = same;
    if (seen || !Holds(text, rows.Bytes(3), rows.Bytes(4))) continue;
    found = response.add_former_names();
    found->set_organization(name);
    found->set_display_name(rows.Bytes(3));
    found->set_short_name(rows.Bytes(4));
    *found->mutable_first_date() = clock::ToDate(rows.Day(1));
    *found->mutable_last_date() = clock::ToDate(rows.Day(2) - 1);
    just_found = true;
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization
