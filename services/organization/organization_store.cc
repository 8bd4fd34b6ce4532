#include "services/organization/organization_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/substitute.h"
#include "common/access/path.h"
#include "common/mysql/errors.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

constexpr std::string_view kForever = "9999-12-31";

// An INSERT of many rows goes in pieces of these sizes, so that few statements are prepared.
constexpr size_t kChunks[] = {64, 16, 4, 1};

// Runs "<head> VALUES (?, …), …" for all rows of `width` values each.
absl::Status InsertRows(mysql::Connection& connection, std::string_view head, size_t width,
                        const std::vector<mysql::Param>& values) {
  const std::string row =
      absl::StrCat("(", absl::StrJoin(std::vector<std::string>(width, "?"), ", "), ")");
  for (size_t done = 0; done < values.size();) {
    const size_t left = (values.size() - done) / width;
    const size_t chunk =
        *std::find_if(std::begin(kChunks), std::end(kChunks), [&](size_t c) { return c <= left; });
    const std::string sql = absl::StrCat(std::string(head), " VALUES ",
                                         absl::StrJoin(std::vector<std::string>(chunk, row), ", "));
    RETURN_IF_ERROR(
        connection.Execute(sql, absl::MakeConstSpan(values).subspan(done, chunk * width)).status());
    done += chunk * width;
  }
  return absl::OkStatus();
}

// The columns of an organization that its history keeps, all but the id, each put into `pattern`.
std::string VersionedColumns(const record::Plan& plan, const char* pattern = "$0") {
  std::vector<std::string> columns;
  for (const record::Column& column : plan.columns()) {
    if (column.kind == record::ColumnKind::kId) continue;
    columns.push_back(absl::Substitute(pattern, absl::StrCat("`", column.name, "`")));
  }
  return absl::StrJoin(columns, ", ");
}

// "INSERT INTO organization_versions (…) ", for rows of an id, the four times, the path and
// VersionedColumns.
std::string VersionsInto(const record::Plan& plan) {
  return absl::StrCat(
      "INSERT INTO organization_versions (organization, valid_from, valid_to, recorded_from, "
      "recorded_to, path, ",
      VersionedColumns(plan), ") ");
}

absl::Status FieldTaken(const std::string& field) {
  return status::Error(
      status::kResourceExists,
      {{"type", "organization.qinglian/Organization"}, {"resource", field}, {"field", field}});
}

// What a caller is told when a unique key is taken.
absl::Status Taken(const absl::Status& status) {
  const std::optional<std::string> key = mysql::DuplicateKey(status);
  if (!key.has_value()) return status;
  if (*key == "organizations_by_credit_code") return OrganizationStore::CreditCodeTaken();
  return OrganizationStore::ExternalIdentifierTaken();
}

}  // namespace

absl::Status OrganizationStore::LockTree(journal::Transaction& tx) const {
  return tx.connection().Query("SELECT id FROM organization_tree WHERE id = 1 FOR UPDATE").status();
}

absl::StatusOr<std::string> OrganizationStore::LockPath(journal::Transaction& tx,
                                                        std::string_view field,
                                                        std::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(name));
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      tx.connection().Query("SELECT path FROM organizations WHERE id = ? FOR UPDATE", {id}));
  if (rows.Next()) return rows.Bytes(0);
  return status::Error(status::kReferenceNotFound,
                       {{"field", std::string(field)}, {"resource", std::string(name)}});
}

absl::StatusOr<std::string> OrganizationStore::Path(mysql::Connection& connection,
                                                    std::string_view name,
                                                    const paging::Condition& rows) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(name));
  std::vector<mysql::Param> params = rows.values.params();
  params.emplace_back(std::string_view(id));
  ASSIGN_OR_RETURN(mysql::Rows found,
                   connection.Query(absl::StrCat("SELECT path FROM ",
                                                 resource::Source(plan(), rows), " WHERE id = ?"),
                                    params));
  if (found.Next()) return found.Bytes(0);
  return status::NotFound(plan().type().type, name);
}

absl::StatusOr<size_t> OrganizationStore::LockSubtree(journal::Transaction& tx,
                                                      std::string_view path) const {
  // In the order of paths a row that is created while this waits comes after its parent, and is
  // seen.
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   tx.connection().Query(
                       "SELECT LENGTH(path) FROM organizations FORCE INDEX (organizations_by_path) "
                       "WHERE path >= ? AND path < ? ORDER BY path FOR UPDATE",
                       {path, access::PathEnd(path)}));
  size_t deepest = path.size();
  while (rows.Next()) deepest = std::max<size_t>(deepest, rows.Uint(0));
  return (deepest - path.size()) / kPathStep + 1;
}

absl::StatusOr<v1::Organization> OrganizationStore::Create(journal::Transaction& tx,
                                                           v1::Organization organization,
                                                           std::string_view parent_path) const {
  const std::string id = id::Uuid::NewV7(tx.now()).Bytes();
  organization.set_name(plan().type().NameOf(id));
  organization.set_state(v1::Organization::STATE_ACTIVE);
  const std::string search_text = SearchText(organization);
  const std::string path = std::string(parent_path) + id;
  absl::StatusOr<v1::Organization> created =
      Insert(tx, std::move(organization), {{{"path", path}, {"search_text", search_text}}});
  if (!created.ok()) return Taken(created.status());
  RETURN_IF_ERROR(OpenVersions(tx, path, path + '\0'));
  RETURN_IF_ERROR(AddIdentifiers(tx, id, *created));
  RETURN_IF_ERROR(AddPieces(tx, id, search_text));
  return created;
}

absl::Status OrganizationStore::ExternalIdentifierTaken() {
  return FieldTaken("organization.external_identifiers");
}

absl::Status OrganizationStore::CreditCodeTaken() { return FieldTaken("organization.credit_code"); }

absl::Status OrganizationStore::CreateMany(journal::Transaction& tx,
                                           std::vector<v1::Organization>& organizations,
                                           const std::vector<std::string>& paths) const {
  if (organizations.empty()) return absl::OkStatus();
  std::vector<std::string> texts;
  std::vector<std::vector<std::string>> pieces;
  std::vector<google::protobuf::Message*> resources;
  for (v1::Organization& organization : organizations) {
    organization.set_state(v1::Organization::STATE_ACTIVE);
    texts.push_back(SearchText(organization));
    pieces.push_back(Pieces(texts.back()));
    resources.push_back(&organization);
  }
  std::vector<mysql::Param> identifiers, grams;
  std::vector<std::string> ids;
  for (const std::string& path : paths) ids.push_back(path.substr(path.size() - kPathStep));
  for (size_t i = 0; i < organizations.size(); ++i) {
    const v1::Organization& organization = organizations[i];
    for (const v1::ExternalIdentifier& identifier : organization.external_identifiers()) {
      identifiers.insert(identifiers.end(), {identifier.source(), identifier.id(), ids[i]});
    }
    for (const std::string& piece : pieces[i])
      grams.insert(grams.end(), {std::string_view(piece), ids[i]});
  }
  RETURN_IF_ERROR(messages().InsertMany(tx, resources, {"path", "search_text"}, {paths, texts}));
  RETURN_IF_ERROR(InsertRows(
      tx.connection(), "INSERT INTO organization_identifiers (source, external_id, organization)",
      3, identifiers));
  RETURN_IF_ERROR(InsertRows(tx.connection(),
                             "INSERT INTO organization_pieces (piece, organization)", 2, grams));
  return OpenVersionsOf(tx, ids);
}

absl::StatusOr<v1::Organization> OrganizationStore::Change(journal::Transaction& tx,
                                                           const v1::Organization& before,
                                                           v1::Organization after) const {
  absl::StatusOr<v1::Organization> changed = Update(tx, before, std::move(after));
  if (!changed.ok()) return Taken(changed.status());
  if (changed->etag() == before.etag()) return changed;
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(before.name()));
  ASSIGN_OR_RETURN(const std::string path, Path(tx.connection(), before.name()));
  // The smallest range that holds this path alone: nothing lies between it and itself with a zero
  // byte.
  RETURN_IF_ERROR(CloseVersions(tx, path, path + '\0'));
  RETURN_IF_ERROR(OpenVersions(tx, path, path + '\0'));
  RETURN_IF_ERROR(tx.connection()
                      .Execute("DELETE FROM organization_identifiers WHERE organization = ?", {id})
                      .status());
  RETURN_IF_ERROR(AddIdentifiers(tx, id, *changed));
  const std::string search_text = SearchText(*changed);
  if (search_text == SearchText(before)) return changed;
  RETURN_IF_ERROR(
      tx.connection()
          .Execute("UPDATE organizations SET search_text = ? WHERE id = ?", {search_text, id})
          .status());
  RETURN_IF_ERROR(tx.connection()
                      .Execute("DELETE FROM organization_pieces WHERE organization = ?", {id})
                      .status());
  RETURN_IF_ERROR(AddPieces(tx, id, search_text));
  return changed;
}

absl::StatusOr<v1::Organization> OrganizationStore::Move(journal::Transaction& tx,
                                                         const v1::Organization& before,
                                                         v1::Organization after,
                                                         std::string_view old_path,
                                                         std::string_view new_parent_path) const {
  ASSIGN_OR_RETURN(v1::Organization moved, Update(tx, before, std::move(after)));
  const std::string new_path = absl::StrCat(
      std::string(new_parent_path), std::string(old_path.substr(old_path.size() - kPathStep)));
  RETURN_IF_ERROR(CloseVersions(tx, old_path, access::PathEnd(old_path)));
  RETURN_IF_ERROR(tx.connection()
                      .Execute("UPDATE organizations SET path = CONCAT(?, SUBSTRING(path, ?)) "
                               "WHERE path >= ? AND path < ?",
                               {new_path, old_path.size() + 1, old_path, access::PathEnd(old_path)})
                      .status());
  RETURN_IF_ERROR(OpenVersions(tx, new_path, access::PathEnd(new_path)));
  return moved;
}

paging::Condition OrganizationStore::AsOf(absl::CivilDay day,
                                          std::optional<absl::Time> known) const {
  paging::Condition rows{
      absl::StrCat("SELECT organization AS id, path, ", VersionedColumns(plan()),
                   " FROM organization_versions WHERE valid_from <= ? AND valid_to > ? AND "),
      {}};
  rows.values.Add(day);
  rows.values.Add(day);
  if (!known.has_value()) {
    absl::StrAppend(&rows.sql, "recorded_to = ?");
    rows.values.Add(kForever);
    return rows;
  }
  absl::StrAppend(&rows.sql, "recorded_from <= ? AND recorded_to > ?");
  rows.values.Add(*known);
  rows.values.Add(*known);
  return rows;
}

absl::Status OrganizationStore::CloseVersions(journal::Transaction& tx, std::string_view from,
                                              std::string_view to) const {
  RETURN_IF_ERROR(tx.connection()
                      .Execute("UPDATE organization_versions SET recorded_to = ? "
                               "WHERE path >= ? AND path < ? AND recorded_to = ? AND valid_to = ?",
                               {tx.now(), from, to, kForever, kForever})
                      .status());
  // What was known until now stays as it was; what is known from now on is that it was true until
  // today.
  return tx.connection()
      .Execute(
          absl::StrCat(VersionsInto(plan()), "SELECT organization, valid_from, ?, ?, ?, path, ",
                       VersionedColumns(plan()),
                       " FROM organization_versions WHERE path >= ? AND path < ? AND recorded_to "
                       "= ? AND valid_to = ? AND valid_from < ? ON DUPLICATE KEY UPDATE valid_to "
                       "= VALUES(valid_to)"),
          {tx.today(), tx.now(), kForever, from, to, tx.now(), kForever, tx.today()})
      .status();
}

absl::Status OrganizationStore::OpenVersions(journal::Transaction& tx, std::string_view from,
                                             std::string_view to) const {
  // A second change within one transaction writes over the row of the first.
  return tx.connection()
      .Execute(absl::StrCat(
                   VersionsInto(plan()), "SELECT id, ?, ?, ?, ?, path, ", VersionedColumns(plan()),
                   " FROM organizations WHERE path >= ? AND path < ? ON DUPLICATE KEY UPDATE "
                   "recorded_to = VALUES(recorded_to), path = VALUES(path), ",
                   VersionedColumns(plan(), "$0 = VALUES($0)")),
               {tx.today(), kForever, tx.now(), kForever, from, to})
      .status();
}

absl::Status OrganizationStore::OpenVersionsOf(journal::Transaction& tx,
                                               const std::vector<std::string>& ids) const {
  // Filled up by repeating, so that one statement serves all; what is found twice is selected once.
  static constexpr size_t kIds = 100;
  static const auto& sql =
      *new std::string(absl::StrCat(VersionsInto(plan()), "SELECT id, ?, ?, ?, ?, path, ",
                                    VersionedColumns(plan()), " FROM organizations WHERE id IN (",
                                    absl::StrJoin(std::vector<std::string>(kIds, "?"), ", "), ")"));
  for (size_t done = 0; done < ids.size(); done += kIds) {
    std::vector<mysql::Param> params = {tx.today(), kForever, tx.now(), kForever};
    for (size_t i = done; i < done + kIds; ++i)
      params.emplace_back(ids[std::min(i, ids.size() - 1)]);
    RETURN_IF_ERROR(tx.connection().Execute(sql, params).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> OrganizationStore::Find(
    mysql::Connection& connection, const v1::ExternalIdentifier& identifier) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT organization FROM organization_identifiers "
                                    "WHERE source = ? AND external_id = ?",
                                    {identifier.source(), identifier.id()}));
  if (!rows.Next()) return std::nullopt;
  return plan().type().NameOf(rows.Bytes(0));
}

absl::StatusOr<bool> OrganizationStore::DivisionExists(mysql::Connection& connection,
                                                       std::string_view division) const {
  const std::string_view code =
      division.substr(std::min(division.size(), std::string_view("divisions/").size()));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT 1 FROM divisions WHERE id = ?", {code}));
  return rows.Next();
}

absl::StatusOr<paging::Condition> OrganizationStore::Subtree(mysql::Connection& connection,
                                                             std::string_view root,
                                                             const paging::Condition& rows) const {
  ASSIGN_OR_RETURN(std::string path, Path(connection, root, rows));
  paging::Condition condition{"organizations.path >= ? AND organizations.path < ?", {}};
  std::string end = access::PathEnd(path);
  condition.values.AddOwned(std::move(path));
  condition.values.AddOwned(std::move(end));
  return condition;
}

absl::StatusOr<std::vector<paging::Condition>> OrganizationStore::BelongsToSubtree(
    mysql::Connection& connection, const record::Plan& plan, std::string_view root) const {
  std::vector<paging::Condition> conditions;
  if (root.empty()) return conditions;
  ASSIGN_OR_RETURN(paging::Condition subtree, Subtree(connection, root));
  subtree.sql = absl::StrCat(plan.table(), ".", plan.organization_field()->name(),
                             " IN (SELECT id FROM organizations WHERE ", subtree.sql, ")");
  conditions.push_back(std::move(subtree));
  return conditions;
}

std::vector<paging::Condition> OrganizationStore::NamesHold(std::string_view query) const {
  const std::string text = Normalize(query);
  std::vector<paging::Condition> conditions;
  // Two pieces narrow enough; the text itself decides.
  std::vector<std::string> pieces = Pieces(text);
  for (size_t i = 0; i < pieces.size() && i < 2; ++i) {
    paging::Condition condition{
        "organizations.id IN (SELECT organization FROM organization_pieces WHERE piece = ?)", {}};
    condition.values.AddOwned(std::move(pieces[pieces.size() == 2 ? i : i * (pieces.size() - 1)]));
    conditions.push_back(std::move(condition));
  }
  paging::Condition whole{"organizations.search_text LIKE ?", {}};
  whole.values.AddOwned(absl::StrCat(
      "%", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"%", "\\%"}, {"_", "\\_"}}), "%"));
  conditions.push_back(std::move(whole));
  return conditions;
}

absl::Status OrganizationStore::AddIdentifiers(journal::Transaction& tx, std::string_view id,
                                               const v1::Organization& organization) const {
  std::vector<mysql::Param> values;
  for (const v1::ExternalIdentifier& identifier : organization.external_identifiers()) {
    values.insert(values.end(), {identifier.source(), identifier.id(), id});
  }
  return Taken(InsertRows(
      tx.connection(), "INSERT INTO organization_identifiers (source, external_id, organization)",
      3, values));
}

absl::Status OrganizationStore::AddPieces(journal::Transaction& tx, std::string_view id,
                                          std::string_view search_text) const {
  const std::vector<std::string> pieces = Pieces(search_text);
  std::vector<mysql::Param> values;
  for (const std::string& piece : pieces)
    values.insert(values.end(), {std::string_view(piece), id});
  return InsertRows(tx.connection(), "INSERT INTO organization_pieces (piece, organization)", 2,
                    values);
}

}  // namespace qinglian::organization
