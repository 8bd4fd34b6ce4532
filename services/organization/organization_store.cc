#include "services/organization/organization_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "common/access/path.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/mysql/errors.h"
#include "common/mysql/insert.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/division_rules.h"
#include "services/organization/organization_counts.h"
#include "services/organization/organization_names.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

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
      tx.connection().Query("SELECT path, state FROM organizations WHERE id = ? FOR UPDATE", {id}));
  if (!rows.Next()) {
    return status::Error(status::kReferenceNotFound,
                         {{"field", std::string(field)}, {"resource", std::string(name)}});
  }
  if (rows.Bytes(1) == v1::Organization::State_Name(v1::Organization::STATE_ACTIVE))
    return rows.Bytes(0);
  ASSIGN_OR_RETURN(const v1::Organization ended, Get(tx.connection(), name));
  return Ended(ended);
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

absl::Status OrganizationStore::LockSubtree(journal::Transaction& tx, std::string_view path) const {
  // In the order of paths a row that is created while this waits comes after its parent, and is
  // seen.
  return tx.connection()
      .Query(
          "SELECT LENGTH(path) FROM organizations FORCE INDEX (organizations_by_path) "
          "WHERE path >= ? AND path < ? ORDER BY path FOR UPDATE",
          {path, access::PathEnd(path)})
      .status();
}

absl::StatusOr<v1::Organization> OrganizationStore::Create(journal::Transaction& tx,
                                                           v1::Organization organization,
                                                           std::string_view parent_path,
                                                           absl::CivilDay from,
                                                           const Grounds& grounds) const {
  const std::string id = id::Uuid::NewV7(tx.now()).Bytes();
  organization.set_name(plan().type().NameOf(id));
  organization.set_state(v1::Organization::STATE_ACTIVE);
  const std::string search_text = SearchText(organization);
  const std::string path = std::string(parent_path) + id;
  absl::StatusOr<v1::Organization> created =
      Insert(tx, std::move(organization), {{{"path", path}, {"search_text", search_text}}});
  if (!created.ok()) return Taken(created.status());
  RETURN_IF_ERROR(history_.Begin(tx, *created, parent_path, from, grounds));
  RETURN_IF_ERROR(AddIdentifiers(tx, id, *created));
  RETURN_IF_ERROR(InsertPieces(
      tx.connection(), {{path, v1::Organization::Kind_Name(created->kind()), search_text}}));
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
  std::vector<google::protobuf::Message*> resources;
  for (v1::Organization& organization : organizations) {
    organization.set_state(v1::Organization::STATE_ACTIVE);
    texts.push_back(SearchText(organization));
    resources.push_back(&organization);
  }
  std::vector<mysql::Param> identifiers;
  std::vector<NamedOrganization> named;
  std::vector<std::string> ids, parents;
  for (const std::string& path : paths) {
    ids.push_back(path.substr(path.size() - kPathStep));
    if (path.size() > kPathStep)
      parents.push_back(path.substr(path.size() - 2 * kPathStep, kPathStep));
  }
  for (size_t i = 0; i < organizations.size(); ++i) {
    const v1::Organization& organization = organizations[i];
    for (const v1::ExternalIdentifier& identifier : organization.external_identifiers()) {
      identifiers.insert(identifiers.end(), {identifier.source(), identifier.id(), ids[i]});
    }
    named.push_back({paths[i], v1::Organization::Kind_Name(organization.kind()), texts[i]});
  }
  RETURN_IF_ERROR(messages().InsertMany(tx, resources, {"path", "search_text"}, {paths, texts}));
  CountChanges counts;
  for (size_t i = 0; i < organizations.size(); ++i)
    counts.Add(paths[i], organizations[i], {tx.today()}, 1);
  RETURN_IF_ERROR(counts.Write(tx.connection()));
  RETURN_IF_ERROR(mysql::InsertRows(
      tx.connection(), "INSERT INTO organization_identifiers (source, external_id, organization)",
      3, identifiers));
  RETURN_IF_ERROR(InsertPieces(tx.connection(), named));
  return history_.BeginMany(tx, ids, parents);
}

absl::StatusOr<v1::Organization> OrganizationStore::Change(journal::Transaction& tx,
                                                           const v1::Organization& before,
                                                           v1::Organization after,
                                                           absl::CivilDay from,
                                                           const Grounds& grounds) const {
  absl::StatusOr<v1::Organization> changed = Update(tx, before, std::move(after));
  if (!changed.ok()) return Taken(changed.status());
  if (changed->etag() == before.etag()) return changed;
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(before.name()));
  RETURN_IF_ERROR(history_.Rewrite(tx, id, {from}, &grounds, std::nullopt,
                                   [&](const Span&, v1::Organization& was, std::string&) {
                                     was = *changed;
                                     return absl::OkStatus();
                                   }));
  RETURN_IF_ERROR(RewriteIdentifiers(tx, id, *changed));
  if (SearchText(*changed) != SearchText(before) || changed->kind() != before.kind())
    RETURN_IF_ERROR(RewriteNames(tx.connection(), id));
  return changed;
}

absl::StatusOr<v1::Organization> OrganizationStore::End(journal::Transaction& tx,
                                                        const v1::Organization& before,
                                                        v1::Organization after, absl::CivilDay from,
                                                        const Grounds& grounds) const {
  ASSIGN_OR_RETURN(v1::Organization ended, Update(tx, before, std::move(after)));
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(before.name()));
  ASSIGN_OR_RETURN(const std::string path, Path(tx.connection(), before.name()));
  ASSIGN_OR_RETURN(const absl::Time recorded, history_.RecordInTree(tx, path));
  RETURN_IF_ERROR(history_.Rewrite(tx, id, {from}, &grounds, recorded,
                                   [&](const Span&, v1::Organization& was, std::string&) {
                                     was = ended;
                                     return absl::OkStatus();
                                   }));
  return ended;
}

absl::StatusOr<v1::Organization> OrganizationStore::Move(
    journal::Transaction& tx, const v1::Organization& before, v1::Organization after,
    std::string_view old_path, std::string_view new_parent_path, absl::CivilDay from,
    const Grounds& grounds) const {
  ASSIGN_OR_RETURN(v1::Organization moved, Update(tx, before, std::move(after)));
  const std::string id(old_path.substr(old_path.size() - kPathStep));
  const std::string new_path = absl::StrCat(std::string(new_parent_path), id);
  ASSIGN_OR_RETURN(const absl::Time recorded, history_.RecordInTree(tx, old_path));
  RETURN_IF_ERROR(history_.Rewrite(tx, id, {from}, &grounds, recorded,
                                   [&](const Span&, v1::Organization& was, std::string& path) {
                                     was = moved;
                                     path = new_path;
                                     return absl::OkStatus();
                                   }));
  RETURN_IF_ERROR(history_.MoveBelow(tx, old_path, new_path, {from}, grounds, recorded));
  RETURN_IF_ERROR(MovePaths(tx, old_path, new_path));
  return moved;
}

absl::StatusOr<v1::Organization> OrganizationStore::Correct(
    journal::Transaction& tx, const v1::Organization& before, v1::Organization after,
    const Span& span, const Standing& standing, std::optional<std::string_view> parent_path,
    const Grounds& grounds, absl::FunctionRef<absl::Status(v1::Organization&)> correct) const {
  absl::StatusOr<v1::Organization> changed = Touch(tx, before, std::move(after));
  if (!changed.ok()) return Taken(changed.status());
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(before.name()));
  const std::string new_path =
      parent_path.has_value() ? absl::StrCat(std::string(*parent_path), id) : standing.path;
  std::optional<absl::Time> recorded;
  if (parent_path.has_value()) {
    ASSIGN_OR_RETURN(recorded, history_.RecordInTree(tx, standing.path));
  }
  const auto rewrite = [&](const Span& piece, v1::Organization& was,
                           std::string& path) -> absl::Status {
    if (parent_path.has_value()) path = new_path;
    if (piece.to != kEndOfTime) return correct(was);
    was = *changed;
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(history_.Rewrite(tx, id, span, &grounds, recorded, rewrite));
  if (parent_path.has_value()) {
    RETURN_IF_ERROR(history_.MoveBelow(tx, standing.path, new_path, span, grounds, *recorded));
  }
  if (span.to == kEndOfTime) {
    RETURN_IF_ERROR(MovePaths(tx, standing.path, new_path));
    RETURN_IF_ERROR(RewriteIdentifiers(tx, id, *changed));
    RETURN_IF_ERROR(RewriteNames(tx.connection(), id));
    return changed;
  }
  // A name of the past may have been another.
  RETURN_IF_ERROR(RewriteNames(tx.connection(), id));
  // What it is today stays as it is, but for its version.
  ASSIGN_OR_RETURN(const absl::CivilDay since, history_.SameSince(tx.connection(), id));
  RETURN_IF_ERROR(history_.Rewrite(tx, id, {since}, nullptr, std::nullopt,
                                   [&](const Span&, v1::Organization& was, std::string&) {
                                     was = *changed;
                                     return absl::OkStatus();
                                   }));
  return changed;
}

absl::Status OrganizationStore::RewriteIdentifiers(journal::Transaction& tx, std::string_view id,
                                                   const v1::Organization& after) const {
  RETURN_IF_ERROR(tx.connection()
                      .Execute("DELETE FROM organization_identifiers WHERE organization = ?", {id})
                      .status());
  return AddIdentifiers(tx, id, after);
}

absl::Status OrganizationStore::MovePaths(journal::Transaction& tx, std::string_view old_path,
                                          std::string_view new_path) const {
  if (old_path == new_path) return absl::OkStatus();
  RETURN_IF_ERROR(tx.connection()
                      .Execute("UPDATE organizations SET path = CONCAT(?, SUBSTRING(path, ?)) "
                               "WHERE path >= ? AND path < ?",
                               {new_path, old_path.size() + 1, old_path, access::PathEnd(old_path)})
                      .status());
  return MoveAreas(tx.connection(), old_path, new_path);
}

absl::StatusOr<OrganizationStore::Belongings> OrganizationStore::BelongingsOf(
    mysql::Connection& connection, std::string_view name) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(name));
  Belongings belongings;
  const auto list = [&](const char* table, const char* condition, const char* collection,
                        std::vector<std::string>& names) -> absl::Status {
    ASSIGN_OR_RETURN(
        mysql::Rows rows,
        connection.Query(
            absl::StrCat("SELECT id FROM ", table, " WHERE ", condition, " ORDER BY id"), {id}));
    while (rows.Next()) {
      ASSIGN_OR_RETURN(const id::Uuid uuid, id::Uuid::FromBytes(rows.Bytes(0)));
      names.push_back(id::FormatName(collection, uuid));
    }
    return absl::OkStatus();
  };
  constexpr char kActive[] = "organization = ? AND state = 'STATE_ACTIVE'";
  constexpr char kCurrent[] = "organization = ? AND state = 'STATE_CURRENT'";
  RETURN_IF_ERROR(list("organizations", "parent = ? AND state = 'STATE_ACTIVE'", "organizations",
                       belongings.organizations));
  RETURN_IF_ERROR(list("posts", kActive, "posts", belongings.posts));
  RETURN_IF_ERROR(list("persons",
                       "organization = ? AND employment_state = 'EMPLOYMENT_STATE_EMPLOYED'",
                       "persons", belongings.persons));
  RETURN_IF_ERROR(list("assignments", kCurrent, "assignments", belongings.assignments));
  RETURN_IF_ERROR(list("responsibility_letters",
                       "organization = ? AND state IN ('STATE_DRAFT', 'STATE_ISSUED', "
                       "'STATE_PARTIALLY_SIGNED', 'STATE_IN_FORCE') AND delete_time IS NULL",
                       "responsibilityLetters", belongings.letters));
  RETURN_IF_ERROR(
      list("responsibilities", kActive, "responsibilities", belongings.responsibilities));
  RETURN_IF_ERROR(list("appointment_talks", "organization = ? AND state = 'STATE_PLANNED'",
                       "appointmentTalks", belongings.talks));
  RETURN_IF_ERROR(list("terms_of_office", kCurrent, "termsOfOffice", belongings.terms));
  RETURN_IF_ERROR(list("oversight_links", "? IN (overseer, overseen) AND state = 'STATE_ACTIVE'",
                       "oversightLinks", belongings.links));
  return belongings;
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

absl::StatusOr<std::set<std::string>> OrganizationStore::DivisionsThatExist(
    mysql::Connection& connection, const std::set<std::string>& divisions) const {
  // Filled up by repeating, so that one statement serves all.
  static constexpr size_t kAtOnce = 256;
  static const auto& sql = *new std::string(
      absl::StrCat("SELECT id FROM divisions WHERE state = 'STATE_ACTIVE' AND id IN (",
                   absl::StrJoin(std::vector<const char*>(kAtOnce, "?"), ", "), ")"));
  const std::vector<std::string> names(divisions.begin(), divisions.end());
  std::set<std::string> found;
  for (size_t done = 0; done < names.size(); done += kAtOnce) {
    std::vector<mysql::Param> params;
    for (size_t i = done; i < done + kAtOnce; ++i)
      params.emplace_back(DivisionCodeOf(names[std::min(i, names.size() - 1)]));
    ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
    while (rows.Next()) found.insert(DivisionNameOf(rows.Bytes(0)));
  }
  return found;
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

absl::Status OrganizationStore::AddIdentifiers(journal::Transaction& tx, std::string_view id,
                                               const v1::Organization& organization) const {
  std::vector<mysql::Param> values;
  for (const v1::ExternalIdentifier& identifier : organization.external_identifiers()) {
    values.insert(values.end(), {identifier.source(), identifier.id(), id});
  }
  return Taken(mysql::InsertRows(
      tx.connection(), "INSERT INTO organization_identifiers (source, external_id, organization)",
      3, values));
}

}  // namespace qinglian::organization
