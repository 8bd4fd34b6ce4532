#include "services/organization/organization_import.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/mysql/errors.h"
#include "common/mysql/transact.h"
#include "common/resource/fields.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/validate/validate.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

// How many keys one look-up asks for; the last one is filled up by repeating, so that one statement
// serves all.
constexpr size_t kLookup = 256;

using Key = std::pair<std::string, std::string>;

Key KeyOf(const v1::ImportRow& row) {
  const auto& identifiers = row.organization().external_identifiers();
  return identifiers.empty() ? Key() : Key(identifiers[0].source(), identifiers[0].id());
}

// The keys that the rows of a batch speak of: their own, their parents' and their competent
// departments'.
std::set<Key> KeysOf(const v1::ImportOrganizationsRequest& request) {
  std::set<Key> keys;
  for (const v1::ImportRow& row : request.rows()) {
    const Key own = KeyOf(row);
    keys.insert(own);
    if (!row.parent_external_id().empty()) keys.emplace(own.first, row.parent_external_id());
    if (!row.competent_department_external_id().empty()) {
      keys.emplace(own.first, row.competent_department_external_id());
    }
  }
  return keys;
}

void Refuse(const v1::ImportRow& row, const absl::Status& status,
            v1::ImportOrganizationsResponse& response) {
  v1::ImportOrganizationsResponse::RowError* error = response.add_errors();
  error->set_line(row.line());
  *error->mutable_status() = status::ToProto(status);
  std::string field = status::MetadataOf(status, "field");
  for (const google::protobuf::Any& detail : error->status().details()) {
    google::rpc::BadRequest bad;
    if (detail.UnpackTo(&bad) && bad.field_violations_size() > 0)
      field = bad.field_violations(0).field();
  }
  if (field.starts_with("organization."))
    field = field.substr(std::string_view("organization.").size());
  error->set_field(field);
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
                   journal::Write<v1::ImportOrganizationsResponse>(
                       journal_, call_, request, journal::RequestIdRule::kOptional,
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
  rehearsed_.insert(batch.known.begin(), batch.known.end());
  rehearsed_codes_.insert(batch.credit_codes.begin(), batch.credit_codes.end());
}

absl::StatusOr<v1::ImportOrganizationsResponse> OrganizationImport::Run(
    journal::Transaction& tx, const v1::ImportOrganizationsRequest& request, Batch& batch) {
  RETURN_IF_ERROR(Lookup(tx, KeysOf(request), batch));
  RETURN_IF_ERROR(LookupDivisions(tx, request, batch));
  for (const v1::ImportRow& row : request.rows()) {
    const absl::Status status = TakeRow(tx, row, batch);
    if (mysql::EndsTransaction(status)) return status;
    if (!status.ok()) Refuse(row, status, batch.response);
  }
  RETURN_IF_ERROR(store_.CreateMany(tx, batch.fresh, batch.fresh_paths));
  batch.response.set_created_count(batch.response.created_count() +
                                   static_cast<int32_t>(batch.fresh.size()));
  return batch.response;
}

absl::Status OrganizationImport::Lookup(journal::Transaction& tx, const std::set<Key>& keys,
                                        Batch& batch) {
  static const auto& sql = *new std::string(absl::StrCat(
      "SELECT i.source, i.external_id, o.path, o.state FROM organization_identifiers i "
      "JOIN organizations o ON o.id = i.organization WHERE (i.source, i.external_id) IN (",
      absl::StrJoin(std::vector<std::string>(kLookup, "(?, ?)"), ", "),
      ") ORDER BY o.id FOR UPDATE"));
  std::vector<Key> wanted(keys.begin(), keys.end());
  for (size_t done = 0; done < wanted.size(); done += kLookup) {
    std::vector<mysql::Param> params;
    for (size_t i = done; i < done + kLookup; ++i) {
      const Key& key = wanted[std::min(i, wanted.size() - 1)];
      params.insert(params.end(), {std::string_view(key.first), std::string_view(key.second)});
    }
    ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(sql, params));
    while (rows.Next()) {
      const Key key(rows.Bytes(0), rows.Bytes(1));
      batch.known[key] = rows.Bytes(2);
      if (rows.Bytes(3) != v1::Organization::State_Name(v1::Organization::STATE_ACTIVE))
        batch.ended.insert(key);
    }
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
  const std::string credit_code = wanted.credit_code();
  if (rehearsed_codes_.contains(credit_code)) return OrganizationStore::CreditCodeTaken();
  const auto known = batch.known.find(key);
  if (known == batch.known.end()) {
    ASSIGN_OR_RETURN(const std::string parent_path, ParentPath(tx, row, wanted, batch));
    if (!tx.scope().Reaches(parent_path)) return HiddenParent(row);
    RETURN_IF_ERROR(CreateRow(tx, std::move(wanted), parent_path, key, batch));
  } else {
    if (!tx.scope().Reaches(known->second)) return OrganizationStore::ExternalIdentifierTaken();
    const std::string name = NameOf(known->second);
    RETURN_IF_ERROR(journal::RunItem(tx, [&] { return UpdateRow(tx, wanted, name, batch); }));
  }
  if (!credit_code.empty()) batch.credit_codes.insert(credit_code);
  return absl::OkStatus();
}

const std::string* OrganizationImport::PathOf(const Key& key, const Batch& batch) const {
  const auto known = batch.known.find(key);
  if (known != batch.known.end()) return &known->second;
  const auto rehearsed = rehearsed_.find(key);
  return rehearsed == rehearsed_.end() ? nullptr : &rehearsed->second;
}

std::string OrganizationImport::NameOf(std::string_view path) const {
  return store_.plan().type().NameOf(path.substr(path.size() - kPathStep));
}

// Puts names in the place of external identifiers.
absl::Status OrganizationImport::Resolve(const v1::ImportRow& row, const Batch& batch,
                                         v1::Organization& organization) const {
  const std::string source = KeyOf(row).first;
  if (batch.divisions.count(organization.division()) == 0)
    return Unresolved("division", organization.division());
  if (!row.parent_external_id().empty()) {
    const std::string* parent = PathOf({source, row.parent_external_id()}, batch);
    if (parent == nullptr) return Unresolved("parent", row.parent_external_id());
    organization.set_parent(NameOf(*parent));
  }
  if (!row.competent_department_external_id().empty()) {
    const std::string* department = PathOf({source, row.competent_department_external_id()}, batch);
    if (department == nullptr) {
      return Unresolved("competent_department", row.competent_department_external_id());
    }
    organization.set_competent_department(NameOf(*department));
  }
  return absl::OkStatus();
}

// The path of the parent of a row that Resolve has dealt with; empty for a root. One that is given
// by its external identifier may be about to be inserted, so that only the import knows its path.
absl::StatusOr<std::string> OrganizationImport::ParentPath(journal::Transaction& tx,
                                                           const v1::ImportRow& row,
                                                           const v1::Organization& organization,
                                                           const Batch& batch) {
  if (organization.parent().empty()) return std::string();
  const Key parent(KeyOf(row).first, row.parent_external_id());
  if (batch.ended.contains(parent)) {
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
      ASSIGN_OR_RETURN(batch.known[key], store_.Path(tx.connection(), created.name()));
      batch.response.set_created_count(batch.response.created_count() + 1);
      return absl::OkStatus();
    });
  }
  const std::string id = id::Uuid::NewV7(tx.now()).Bytes();
  organization.set_name(store_.plan().type().NameOf(id));
  batch.known[key] = parent_path + id;
  batch.fresh_paths.push_back(parent_path + id);
  batch.fresh.push_back(std::move(organization));
  return absl::OkStatus();
}

absl::Status OrganizationImport::UpdateRow(journal::Transaction& tx, const v1::Organization& wanted,
                                           const std::string& name, Batch& batch) {
  ASSIGN_OR_RETURN(const v1::Organization before, store_.Lock(tx, name));
  RETURN_IF_ERROR(CheckExists(before, kUpdateOrganization));
  v1::Organization after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(wanted, {}, after));
  ASSIGN_OR_RETURN(const v1::Organization changed,
                   store_.Change(tx, before, std::move(after), tx.today(), {}));
  const bool same = changed.etag() == before.etag();
  batch.response.set_unchanged_count(batch.response.unchanged_count() + (same ? 1 : 0));
  batch.response.set_updated_count(batch.response.updated_count() + (same ? 0 : 1));
  return absl::OkStatus();
}

}  // namespace qinglian::organization
