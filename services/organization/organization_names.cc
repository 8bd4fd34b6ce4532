#include "services/organization/organization_names.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/access/path.h"
#include "common/mysql/insert.h"
#include "common/mysql/transact.h"
#include "common/status/macros.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

// How many are written anew at once.
constexpr int kRewritten = 200;

std::string TextOf(const std::string& display_name, const std::string& short_name) {
  v1::Organization organization;
  organization.set_display_name(display_name);
  organization.set_short_name(short_name);
  return SearchText(organization);
}

}  // namespace

absl::Status InsertPieces(mysql::Connection& connection,
                          const std::vector<NamedOrganization>& organizations) {
  std::vector<std::pair<std::string, const NamedOrganization*>> rows;
  for (const NamedOrganization& organization : organizations) {
    for (std::string& piece : Pieces(organization.text))
      rows.emplace_back(std::move(piece), &organization);
  }
  // In the order of the indexes, so that rows of many organizations go to few of their pages.
  std::sort(rows.begin(), rows.end());
  std::vector<mysql::Param> values;
  for (const auto& [piece, organization] : rows) {
    const std::string_view path = organization->path;
    values.insert(values.end(), {std::string_view(piece), path.substr(path.size() - kPathStep),
                                 std::string_view(organization->kind), AreaOf(path)});
  }
  return mysql::InsertRows(
      connection, "INSERT INTO organization_pieces (piece, organization, organization_kind, area)",
      4, values);
}

absl::Status RewriteNames(mysql::Connection& connection, std::string_view id) {
  NamedOrganization organization;
  std::string today;
  {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(
            "SELECT path, kind, display_name, short_name FROM organizations WHERE id = ?", {id}));
    if (!rows.Next()) return absl::OkStatus();
    organization.path = rows.Bytes(0);
    organization.kind = rows.Bytes(1);
    today = TextOf(rows.Bytes(2), rows.Bytes(3));
  }
  std::vector<std::string> texts;
  {
    ASSIGN_OR_RETURN(mysql::Rows rows,
                     connection.Query("SELECT DISTINCT display_name, short_name FROM "
                                      "organization_versions WHERE organization = ? AND "
                                      "recorded_to = '9999-12-31'",
                                      {id}));
    while (rows.Next()) texts.push_back(TextOf(rows.Bytes(0), rows.Bytes(1)));
  }
  const std::string former = FormerText(today, texts);
  organization.text = absl::StrCat(today, "\n", former);
  RETURN_IF_ERROR(
      connection
          .Execute("UPDATE organizations SET search_text = ?, former_text = ? WHERE id = ?",
                   {today, former, id})
          .status());
  RETURN_IF_ERROR(
      connection.Execute("DELETE FROM organization_pieces WHERE organization = ?", {id}).status());
  return InsertPieces(connection, {organization});
}

absl::Status MoveAreas(mysql::Connection& connection, std::string_view old_path,
                       std::string_view new_path) {
  const bool within = old_path.size() > kPathStep && new_path.size() > kPathStep &&
                      AreaOf(old_path) == AreaOf(new_path);
  if (within) return absl::OkStatus();
  return connection
      .Execute(
          "UPDATE organization_pieces p JOIN organizations o ON o.id = p.organization SET "
          "p.area = SUBSTRING(o.path, IF(LENGTH(o.path) > 16, 17, 1), 16) WHERE "
          "o.path >= ? AND o.path < ?",
          {new_path, access::PathEnd(new_path)})
      .status();
}

absl::StatusOr<int64_t> RewriteDueNames(mysql::Session& session) {
  int64_t rewritten = 0;
  RETURN_IF_ERROR(mysql::Transact(session, {}, [&](mysql::Connection& connection) -> absl::Status {
    std::vector<std::string> ids;
    {
      ASSIGN_OR_RETURN(
          mysql::Rows rows,
          connection.Query(absl::StrCat("SELECT organization FROM organization_names_due ORDER BY "
                                        "organization LIMIT ",
                                        kRewritten, " FOR UPDATE")));
      while (rows.Next()) ids.push_back(rows.Bytes(0));
    }
    for (const std::string& id : ids) {
      RETURN_IF_ERROR(
          connection.Query("SELECT id FROM organizations WHERE id = ? FOR UPDATE", {id}).status());
      RETURN_IF_ERROR(RewriteNames(connection, id));
      RETURN_IF_ERROR(
          connection.Execute("DELETE FROM organization_names_due WHERE organization = ?", {id})
              .status());
    }
    rewritten = static_cast<int64_t>(ids.size());
    return absl::OkStatus();
  }));
  return rewritten;
}

}  // namespace qinglian::organization
