#include "services/organization/organization_import.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/mysql/errors.h"
#include "common/resource/fields.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/validate/validate.h"
#include "services/organization/import_stream.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

using Key = IdentifierKey;

constexpr char kPrefix[] = "organization.";

Key KeyOf(const v1::ImportRow& row) {
  const auto& identifiers = row.organization().external_identifiers();
  return identifiers.empty() ? Key() : Key(identifiers[0].source(), identifiers[0].id());
}

// What a row refers to by external identifier: in its own source unless it says another.
Key Referred(const v1::ImportRow& row, const std::string& source, const std::string& id) {
  return {source.empty() ? KeyOf(row).first : source, id};
}
Key ParentOf(const v1::ImportRow& row) {
  return Referred(row, row.parent_source(), row.parent_external_id());
}
Key DepartmentOf(const v1::ImportRow& row) {
  return Referred(row, row.competent_department_source(), row.competent_department_external_id());
}

// The keys that the rows of a batch speak of: their own, their parents' and their competent
// departments'.
std::set<Key> KeysOf(const v1::ImportOrganizationsRequest& request) {
  std::set<Key> keys;
  for (const v1::ImportRow& row : request.rows()) {
    keys.insert(KeyOf(row));
    if (!row.parent_external_id().empty()) keys.insert(ParentOf(row));
    if (!row.competent_department_external_id().empty()) keys.insert(DepartmentOf(row));
  }
  return keys;
}

// The identifiers that an organization has after a row: what the row's source and others of it call
// it, and what the sources that the row does not speak of called it before. Exports give what has
// none one that is its own id: it needs no other to be itself.
void MergeIdentifiers(const v1::Organization& given, v1::Organization& organization) {
  for (const v1::ExternalIdentifier& identifier : given.external_identifiers()) {
    if (identifier.source() == kOwnSource &&
        organization.name() == absl::StrCat("organizations/", identifier.id()))
      continue;
    auto& had = *organization.mutable_external_identifiers();
    const auto same = std::find_if(had.begin(), had.end(), [&](const v1::ExternalIdentifier& one) {
      return one.source() == identifier.source();
    });
    *(same == had.end() ? had.Add() : &*same) = identifier;
  }
}

absl::Status Unresolved(const std::string& field, const std::string& resource) {
  return status::Error(status::kReferenceNotFound, {{"resource", resource}, {"field", field}});
}

// As if it had never been: by what the row calls it.
absl::Status HiddenParent(const v1::ImportRow& row) {
  const std::string& external_id = row.parent_external_id();
  return Unresolved("parent", external_id.empty() ? row.organization().parent() : external_id);
}

}  // namespace

absl::StatusOr<v1::ImportOrganizationsResponse> OrganizationImport::Take(
    const v1::ImportOrganizationsRequest& request) {
  Batch batch;
  ASSIGN_OR_RETURN(v1::ImportOrganizationsResponse response,
                   WriteBatch<v1::ImportOrganizationsResponse>(journal_, call_, request,
                                                               [&](journal::Transaction& tx) {
                                                                 batch = Batch();
                                                                 return Run(tx, request, batch);
                                                               }));
  Remember(batch, request.validate_only());
  return response;
}

void OrganizationImport::Remember(const Batch& batch, bool validate_only) {
  seen_.insert(batch.seen.begin(), batch.seen.end());
  if (!validate_only) return;
  for (const auto& [key, known] : batch.known) rehearsed_.insert({key, known.path});
  rehearsed_codes_.insert(batch.credit_codes.begin(), batch.credit_codes.end());
}

absl::StatusOr<v1::ImportOrganizationsResponse> OrganizationImport::Run(
    journal::Transaction& tx, const v1::ImportOrganizationsRequest& request, Batch& batch) {
  batch.on_conflict = request.on_conflict();
  batch.departments_may_follow = request.departments_may_follow();
  for (const v1::ImportRow& row : request.rows()) batch.own.insert(KeyOf(row));
  RETURN_IF_ERROR(LockByIdentifiers(tx, KeysOf(request), batch.known));
  RETURN_IF_ERROR(LookupDivisions(tx, request, batch));
  for (const v1::ImportRow& row : request.rows()) {
    const absl::Status status = TakeRow(tx, row, batch);
    if (mysql::EndsTransaction(status)) return status;
    if (!status.ok()) Refuse(row.line(), status, kPrefix, batch.response);
  }
  RETURN_IF_ERROR(store_.CreateMany(tx, batch.fresh, batch.fresh_paths));
  batch.response.set_created_count(batch.response.created_count() +
                                   static_cast<int32_t>(batch.fresh.size()));
  RETURN_IF_ERROR(SetAwaited(tx, batch));
  return batch.response;
}

absl::Status OrganizationImport::SetAwaited(journal::Transaction& tx, Batch& batch) {
  for (const Awaiting& awaiting : batch.awaiting) {
    const auto own = batch.known.find(awaiting.own);
    const auto department = batch.known.find(awaiting.department);
    absl::Status status = Unresolved("competent_department", awaiting.department.second);
    if (own != batch.known.end() && department != batch.known.end()) {
      v1::Organization wanted;
      wanted.set_competent_department(NameOf(department->second.path));
      status = journal::RunItem(
          tx, [&] { return UpdateRow(tx, wanted, NameOf(own->second.path)).status(); });
      if (mysql::EndsTransaction(status)) return status;
    }
    if (!status.ok()) Refuse(awaiting.row->line(), status, kPrefix, batch.response);
  }
  return absl::OkStatus();
}

absl::Status OrganizationImport::LookupDivisions(journal::Transaction& tx,
                                                 const v1::ImportOrganizationsRequest& request,
                                                 Batch& batch) {
  // Rows of villages speak of a division each.
  std::set<std::string> asked;
  for (const v1::ImportRow& row : request.rows()) asked.insert(row.organization().division());
  ASSIGN_OR_RETURN(batch.divisions, store_.DivisionsThatExist(tx.connection(), asked));
  return absl::OkStatus();
}

absl::Status OrganizationImport::TakeRow(journal::Transaction& tx, const v1::ImportRow& row,
                                         Batch& batch) {
  v1::Organization wanted = row.organization();
  resource::KeepInput(wanted);
  RETURN_IF_ERROR(validate::Check(wanted));
  RETURN_IF_ERROR(CheckConsistency(wanted));
  const Key key = KeyOf(row);
  if (key.second.empty() || seen_.contains(key) || !batch.seen.insert(key).second) {
    status::FieldViolations violations;
    violations.Add(
        "organization.external_identifiers", key.second.empty() ? "REQUIRED" : "DUPLICATE",
        "each row needs an external identifier of its own", "每一行都必须有自己的外部标识");
    return violations.ToStatus();
  }
  RETURN_IF_ERROR(Resolve(row, batch, wanted));
  const auto known = batch.known.find(key);
  const bool there = known != batch.known.end() || rehearsed_.contains(key);
  if (!there && batch.on_conflict == v1::ON_CONFLICT_UPDATE_ONLY)
    return status::NotFound(store_.plan().type().type, key.second);
  if (known != batch.known.end() && tx.scope().Reaches(known->second.path)) {
    ASSIGN_OR_RETURN(const bool skipped,
                     IsSkipped(batch.on_conflict, OrganizationStore::ExternalIdentifierTaken()));
    if (skipped) {
      batch.response.set_skipped_count(batch.response.skipped_count() + 1);
      return absl::OkStatus();
    }
  }
  RETURN_IF_ERROR(ResolveDepartment(row, batch, wanted));
  const std::string credit_code = wanted.credit_code();
  if (rehearsed_codes_.contains(credit_code)) return OrganizationStore::CreditCodeTaken();
  if (known == batch.known.end()) {
    ASSIGN_OR_RETURN(const std::string parent_path, ParentPath(tx, row, wanted, batch));
    if (!tx.scope().Reaches(parent_path)) return HiddenParent(row);
    RETURN_IF_ERROR(CreateRow(tx, std::move(wanted), parent_path, key, batch));
  } else {
    RETURN_IF_ERROR(TakeKnown(tx, wanted, known->second, batch));
  }
  Await(row, batch);
  if (!credit_code.empty()) batch.credit_codes.insert(credit_code);
  return absl::OkStatus();
}

absl::Status OrganizationImport::TakeKnown(journal::Transaction& tx, const v1::Organization& wanted,
                                           const KnownOrganization& known, Batch& batch) {
  if (!tx.scope().Reaches(known.path)) return OrganizationStore::ExternalIdentifierTaken();
  const std::string name = NameOf(known.path);
  bool changed = false;
  RETURN_IF_ERROR(journal::RunItem(tx, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(changed, UpdateRow(tx, wanted, name));
    return absl::OkStatus();
  }));
  batch.response.set_unchanged_count(batch.response.unchanged_count() + (changed ? 0 : 1));
  batch.response.set_updated_count(batch.response.updated_count() + (changed ? 1 : 0));
  return absl::OkStatus();
}

const std::string* OrganizationImport::PathOf(const Key& key, const Batch& batch) const {
  const auto known = batch.known.find(key);
  if (known != batch.known.end()) return &known->second.path;
  const auto rehearsed = rehearsed_.find(key);
  return rehearsed == rehearsed_.end() ? nullptr : &rehearsed->second;
}

std::string OrganizationImport::NameOf(std::string_view path) const {
  return store_.plan().type().NameOf(path.substr(path.size() - kPathStep));
}

// Puts the name of the parent in the place of its external identifier; the division exists.
absl::Status OrganizationImport::Resolve(const v1::ImportRow& row, const Batch& batch,
                                         v1::Organization& organization) const {
  if (batch.divisions.count(organization.division()) == 0)
    return Unresolved("division", organization.division());
  if (row.parent_external_id().empty()) return absl::OkStatus();
  const std::string* parent = PathOf(ParentOf(row), batch);
  if (parent == nullptr) return Unresolved("parent", row.parent_external_id());
  organization.set_parent(NameOf(*parent));
  return absl::OkStatus();
}

// Puts the name of the competent department in the place of its external identifier. One that is
// not there yet is left out where it may come still.
absl::Status OrganizationImport::ResolveDepartment(const v1::ImportRow& row, const Batch& batch,
                                                   v1::Organization& organization) const {
  if (row.competent_department_external_id().empty()) return absl::OkStatus();
  const Key key = DepartmentOf(row);
  const std::string* department = PathOf(key, batch);
  if (department != nullptr) {
    organization.set_competent_department(NameOf(*department));
    return absl::OkStatus();
  }
  if (batch.departments_may_follow || batch.own.count(key) > 0) return absl::OkStatus();
  return Unresolved("competent_department", row.competent_department_external_id());
}

// Notes that a row was kept without its competent department.
void OrganizationImport::Await(const v1::ImportRow& row, Batch& batch) const {
  if (row.competent_department_external_id().empty()) return;
  const Key key = DepartmentOf(row);
  if (PathOf(key, batch) != nullptr) return;
  if (batch.own.count(key) > 0) {
    batch.awaiting.push_back({&row, KeyOf(row), key});
  } else {
    batch.response.add_deferred_lines(row.line());
  }
}

// The path of the parent of a row that Resolve has dealt with; empty for a root. One that is given
// by its external identifier may be about to be inserted, so that only the import knows its path.
absl::StatusOr<std::string> OrganizationImport::ParentPath(journal::Transaction& tx,
                                                           const v1::ImportRow& row,
                                                           const v1::Organization& organization,
                                                           const Batch& batch) {
  if (organization.parent().empty()) return std::string();
  const Key parent = ParentOf(row);
  const auto known = batch.known.find(parent);
  if (known != batch.known.end() && !known->second.active) {
    ASSIGN_OR_RETURN(const v1::Organization ended,
                     store_.Get(tx.connection(), organization.parent()));
    return Ended(ended);
  }
  if (!row.parent_external_id().empty()) return *PathOf(parent, batch);
  return store_.LockPath(tx, "parent", organization.parent());
}

absl::Status OrganizationImport::CreateRow(journal::Transaction& tx, v1::Organization organization,
                                           const std::string& parent_path, const Key& key,
                                           Batch& batch) {
  RETURN_IF_ERROR(CheckPlace(organization, "", parent_path, 1));
  if (organization.has_credit_code() || organization.external_identifiers_size() > 1) {
    // Another key may be taken, which only the database knows: this row alone must fail then.
    return journal::RunItem(tx, [&]() -> absl::Status {
      ASSIGN_OR_RETURN(const v1::Organization created,
                       store_.Create(tx, std::move(organization), parent_path, tx.today(), {}));
      ASSIGN_OR_RETURN(batch.known[key].path, store_.Path(tx.connection(), created.name()));
      batch.response.set_created_count(batch.response.created_count() + 1);
      return absl::OkStatus();
    });
  }
  const std::string id = id::Uuid::NewV7(tx.now()).Bytes();
  organization.set_name(store_.plan().type().NameOf(id));
  batch.known[key] = {parent_path + id};
  batch.fresh_paths.push_back(parent_path + id);
  batch.fresh.push_back(std::move(organization));
  return absl::OkStatus();
}

absl::StatusOr<bool> OrganizationImport::UpdateRow(journal::Transaction& tx,
                                                   const v1::Organization& wanted,
                                                   const std::string& name) {
  ASSIGN_OR_RETURN(const v1::Organization before, store_.Lock(tx, name));
  RETURN_IF_ERROR(CheckExists(before, kUpdateOrganization));
  v1::Organization after = before;
  MergeIdentifiers(wanted, after);
  v1::Organization given = wanted;
  given.clear_external_identifiers();
  RETURN_IF_ERROR(resource::ApplyUpdate(given, {}, after));
  ASSIGN_OR_RETURN(const v1::Organization changed,
                   store_.Change(tx, before, std::move(after), tx.today(), {}));
  return changed.etag() != before.etag();
}

}  // namespace qinglian::organization
