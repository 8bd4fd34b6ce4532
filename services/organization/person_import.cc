#include "services/organization/person_import.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/crypto/crypto.h"
#include "common/id/uuid.h"
#include "common/mysql/errors.h"
#include "common/resource/fields.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/validate/validate.h"
#include "common/visibility/visibility.h"
#include "services/organization/caller_leases.h"
#include "services/organization/import_stream.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {
namespace {

// How many staff numbers one look-up asks for; the last one is filled up by repeating.
constexpr size_t kLookup = 256;
// How often a batch is tried where somebody else takes one of its numbers at the same moment.
constexpr int kAttempts = 3;
// Stands for the post in an assignment that is checked before the post is known.
constexpr char kSomePost[] = "posts/00000000-0000-0000-0000-000000000000";
// The same for an organization that is not known, which is said after what else is wrong.
constexpr char kSomeOrganization[] = "organizations/00000000-0000-0000-0000-000000000000";

IdentifierKey KeyOf(const v1::ExternalIdentifier& identifier) {
  return {identifier.source(), identifier.id()};
}

absl::Status Unresolved(const std::string& resource) {
  return status::Error(status::kReferenceNotFound,
                       {{"resource", resource}, {"field", "organization"}});
}

// What an identifier or a name of an organization is called in an error.
const std::string& Called(const std::string& name, const v1::ExternalIdentifier& identifier) {
  return name.empty() ? identifier.id() : name;
}

absl::Status OneRowEach() {
  status::FieldViolations violations;
  violations.Add("staff_number", "DUPLICATE", "each row needs a staff number of its own",
                 "每一行都必须有自己的工号");
  return violations.ToStatus();
}

// The field of an error as the row calls it.
std::string FieldIn(const absl::Status& status, const std::string& at_post) {
  std::string field = FieldOf(status, "person.");
  for (const std::string_view prefix : {"assignment.", "post."}) {
    if (field.starts_with(prefix)) field.erase(0, prefix.size());
  }
  return field.empty() ? std::string(absl::StripSuffix(at_post, ".")) : at_post + field;
}

}  // namespace

PersonImport::PersonImport(journal::Journal& journal, const Stores& stores, rpc::Call& call)
    : journal_(journal),
      stores_(stores),
      changes_(stores.sealed_values, stores.organizations, stores.persons),
      call_(call),
      mark_key_(crypto::NewKey()) {}

absl::StatusOr<v1::ImportPersonsResponse> PersonImport::Take(
    const v1::ImportPersonsRequest& request) {
  std::unique_ptr<Batch> batch;
  absl::StatusOr<v1::ImportPersonsResponse> response = TakeOnce(request, batch);
  for (int i = 1; i < kAttempts && mysql::DuplicateKey(response.status()).has_value(); ++i)
    response = TakeOnce(request, batch);
  if (!response.ok()) return PersonTaken(response.status());
  Remember(*batch, request.validate_only());
  if (!request.validate_only() && !response->rolled_back() && !batch->left.name().empty())
    RETURN_IF_ERROR(AwaitLeases(call_, batch->left));
  return response;
}

absl::StatusOr<v1::ImportPersonsResponse> PersonImport::TakeOnce(
    const v1::ImportPersonsRequest& request, std::unique_ptr<Batch>& batch) {
  return WriteBatch<v1::ImportPersonsResponse>(journal_, call_, request,
                                               [&](journal::Transaction& tx) {
                                                 batch = std::make_unique<Batch>();
                                                 return Run(tx, request, *batch);
                                               });
}

void PersonImport::Remember(const Batch& batch, bool validate_only) {
  seen_.insert(batch.seen.begin(), batch.seen.end());
  if (!validate_only) return;
  number_marks_.insert(batch.number_marks.begin(), batch.number_marks.end());
  for (const auto& [key, posts] : batch.posts.board()) rehearsed_[key] = posts;
}

absl::StatusOr<v1::ImportPersonsResponse> PersonImport::Run(journal::Transaction& tx,
                                                            const v1::ImportPersonsRequest& request,
                                                            Batch& batch) {
  batch.on_conflict = request.on_conflict();
  for (const v1::ImportPersonRow& given : request.rows()) {
    Row& row = batch.rows.emplace_back();
    row.given = &given;
    row.person = given.person();
    resource::KeepInput(row.person);
  }
  RETURN_IF_ERROR(LookUp(tx, request, batch));
  for (Row& row : batch.rows) {
    batch.posts.Begin();
    batch.at_post.clear();
    const absl::Status status = TakeRow(tx, row, batch);
    if (mysql::EndsTransaction(status)) return status;
    if (status.ok()) continue;
    batch.posts.Undo();
    Refuse(row.given->line(), status, "", batch.response);
    batch.response.mutable_errors()->rbegin()->set_field(FieldIn(status, batch.at_post));
  }
  RETURN_IF_ERROR(Write(tx, batch));
  return batch.response;
}

absl::Status PersonImport::LookUp(journal::Transaction& tx, const v1::ImportPersonsRequest& request,
                                  Batch& batch) {
  RETURN_IF_ERROR(LookUpPersons(tx, batch));
  RETURN_IF_ERROR(LookUpOrganizations(tx, request, batch));
  RETURN_IF_ERROR(LookUpNumbers(tx, batch));
  return LookUpPosts(tx, batch);
}

absl::Status PersonImport::LookUpPersons(journal::Transaction& tx, Batch& batch) {
  const record::Plan& plan = stores_.persons.plan();
  const std::string sql = absl::StrCat(
      "SELECT ", plan.select_list(), ", ", visibility::PathColumn(plan),
      " FROM persons WHERE staff_number IN (",
      absl::StrJoin(std::vector<std::string>(kLookup, "?"), ", "), ") ORDER BY id FOR UPDATE");
  const int path_column = static_cast<int>(plan.columns().size());
  for (size_t done = 0; done < batch.rows.size(); done += kLookup) {
    std::vector<mysql::Param> params;
    for (size_t i = done; i < done + kLookup; ++i) {
      const Row& row = batch.rows[std::min(i, batch.rows.size() - 1)];
      params.emplace_back(std::string_view(row.person.staff_number()));
    }
    std::vector<std::pair<v1::Person, std::string>> found;
    {
      ASSIGN_OR_RETURN(mysql::Rows rows, tx.connection().Query(sql, params));
      while (rows.Next()) {
        auto& [person, path] = found.emplace_back();
        plan.Read(rows, 0, person);
        path = rows.Bytes(path_column);
      }
    }
    for (auto& [person, path] : found) {
      ASSIGN_OR_RETURN(const access::Decision decision,
                       visibility::Decide(tx.connection(), plan, tx.scope(),
                                          visibility::Use::kChange, person, path));
      const bool reached = decision.verdict == access::Verdict::kAllowed;
      const std::string staff_number = person.staff_number();
      batch.persons[staff_number] = {std::move(person), reached};
    }
  }
  return absl::OkStatus();
}

absl::Status PersonImport::LookUpOrganizations(journal::Transaction& tx,
                                               const v1::ImportPersonsRequest& request,
                                               Batch& batch) {
  std::set<Key> identifiers;
  std::set<std::string> ids;
  const auto add = [&](const std::string& name, const v1::ExternalIdentifier& identifier) {
    const absl::StatusOr<std::string> id = stores_.organizations.plan().type().IdOf(name);
    if (id.ok()) ids.insert(*id);
    if (name.empty() && !identifier.id().empty()) identifiers.insert(KeyOf(identifier));
  };
  for (const v1::ImportPersonRow& row : request.rows()) {
    add(row.person().organization(), row.organization_identifier());
    for (const v1::ImportPersonRow::HeldPost& held : row.posts())
      add(held.post().organization(), held.organization_identifier());
  }
  for (const auto& [number, known] : batch.persons) add(known.person.organization(), {});
  RETURN_IF_ERROR(LockByIdentifiers(tx, identifiers, batch.by_identifier));
  return LockByIds(tx, ids, batch.by_id);
}

absl::Status PersonImport::LookUpNumbers(journal::Transaction& tx, Batch& batch) {
  std::vector<Row*> numbered;
  std::vector<const seal::Secret*> numbers;
  for (Row& row : batch.rows) {
    if (row.person.identity_number().empty()) continue;
    row.number = seal::Secret(std::string(row.person.identity_number()));
    row.number_mark = crypto::Hmac(mark_key_, row.number.Reveal());
    numbered.push_back(&row);
    numbers.push_back(&row.number);
  }
  const absl::StatusOr<std::vector<std::string>> owners =
      stores_.sealed_values.FindMany(tx.connection(), {"persons", "", "identity_number"}, numbers);
  if (status::Is(owners.status(), status::kSealingKeyMissing)) {
    batch.sealing = owners.status();
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(owners.status());
  for (size_t i = 0; i < numbered.size(); ++i) numbered[i]->number_owner = (*owners)[i];
  return absl::OkStatus();
}

absl::Status PersonImport::LookUpPosts(journal::Transaction& tx, Batch& batch) {
  const record::ResourceType& type = stores_.organizations.plan().type();
  std::set<ImportPosts::Key> keys;
  for (const Row& row : batch.rows) {
    const KnownOrganization* own =
        Find(row.person.organization(), row.given->organization_identifier(), batch);
    const auto known = batch.persons.find(row.person.staff_number());
    if (own == nullptr && known != batch.persons.end())
      own = Find(known->second.person.organization(), {}, batch);
    for (const v1::ImportPersonRow::HeldPost& held : row.given->posts()) {
      const bool elsewhere =
          !held.post().organization().empty() || held.has_organization_identifier();
      const KnownOrganization* at =
          elsewhere ? Find(held.post().organization(), held.organization_identifier(), batch) : own;
      if (at == nullptr) continue;
      keys.emplace(type.NameOf(at->path.substr(at->path.size() - kPathStep)),
                   held.post().display_name());
    }
  }
  return batch.posts.Load(tx, keys, rehearsed_);
}

const KnownOrganization* PersonImport::Find(const std::string& name,
                                            const v1::ExternalIdentifier& identifier,
                                            const Batch& batch) const {
  if (name.empty()) {
    const auto found = batch.by_identifier.find(KeyOf(identifier));
    return found == batch.by_identifier.end() ? nullptr : &found->second;
  }
  const absl::StatusOr<std::string> id = stores_.organizations.plan().type().IdOf(name);
  if (!id.ok()) return nullptr;
  const auto found = batch.by_id.find(*id);
  return found == batch.by_id.end() ? nullptr : &found->second;
}

absl::StatusOr<std::string> PersonImport::Resolve(journal::Transaction& tx, const std::string& name,
                                                  const v1::ExternalIdentifier& identifier,
                                                  const Batch& batch) const {
  const KnownOrganization* found = Find(name, identifier, batch);
  if (found == nullptr || !tx.scope().Reaches(found->path))
    return Unresolved(Called(name, identifier));
  const std::string resolved = stores_.organizations.plan().type().NameOf(
      found->path.substr(found->path.size() - kPathStep));
  if (found->active) return resolved;
  ASSIGN_OR_RETURN(const v1::Organization ended,
                   stores_.organizations.Get(tx.connection(), resolved));
  return Ended(ended);
}

absl::Status PersonImport::TakeRow(journal::Transaction& tx, Row& row, Batch& batch) {
  const auto found = batch.persons.find(row.person.staff_number());
  const Known* known = found == batch.persons.end() ? nullptr : &found->second;
  RETURN_IF_ERROR(CheckRow(tx, row, known, batch));
  const bool there = known != nullptr;
  if (!there && batch.on_conflict == v1::ON_CONFLICT_UPDATE_ONLY)
    return status::NotFound(stores_.persons.plan().type().type, "persons/-");
  if (there && !known->reached) return StaffNumberTaken();
  if (there) {
    ASSIGN_OR_RETURN(const bool skipped, IsSkipped(batch.on_conflict, StaffNumberTaken()));
    if (skipped) {
      batch.response.set_skipped_count(batch.response.skipped_count() + 1);
      return absl::OkStatus();
    }
  }
  RETURN_IF_ERROR(there ? TakeKnown(tx, row, *known, batch) : TakeNew(tx, row, batch));
  if (!row.number_mark.empty()) batch.number_marks.insert(row.number_mark);
  return absl::OkStatus();
}

absl::Status PersonImport::CheckRow(journal::Transaction& tx, Row& row, const Known* known,
                                    Batch& batch) {
  const bool given = !row.person.organization().empty() || row.given->has_organization_identifier();
  std::string organization = known == nullptr ? "" : known->person.organization();
  absl::Status resolved;
  if (given) {
    const absl::StatusOr<std::string> name =
        Resolve(tx, row.person.organization(), row.given->organization_identifier(), batch);
    resolved = name.status();
    if (name.ok()) organization = *name;
  }
  v1::Person checked = row.person;
  if (!organization.empty()) checked.set_organization(organization);
  // Where it is not known, that is said below.
  if (!resolved.ok() && checked.organization().empty()) checked.set_organization(kSomeOrganization);
  absl::Status status = validate::Check(checked);
  crypto::Cleanse(*checked.mutable_identity_number());
  RETURN_IF_ERROR(status);
  if (seen_.contains(row.person.staff_number()) ||
      !batch.seen.insert(row.person.staff_number()).second)
    return OneRowEach();
  RETURN_IF_ERROR(resolved);
  row.person.set_organization(organization);
  return absl::OkStatus();
}

absl::Status PersonImport::CheckNumber(const Row& row, const Batch& batch) const {
  RETURN_IF_ERROR(batch.sealing);
  const bool taken = batch.number_marks.count(row.number_mark) > 0 ||
                     number_marks_.contains(row.number_mark) || !row.number_owner.empty();
  return taken ? IdentityNumberTaken() : absl::OkStatus();
}

absl::Status PersonImport::TakeNew(journal::Transaction& tx, Row& row, Batch& batch) {
  v1::Person person = row.person;
  crypto::Cleanse(*person.mutable_identity_number());
  person.clear_identity_number();
  if (!row.number.empty()) {
    RETURN_IF_ERROR(CheckNumber(row, batch));
    person.set_identity_number_masked(Masked(row.number));
  }
  person.set_name(stores_.persons.plan().type().NameOf(id::Uuid::NewV7(tx.now()).Bytes()));
  RETURN_IF_ERROR(TakePosts(tx, *row.given, person, batch).status());
  if (!row.number.empty()) {
    ASSIGN_OR_RETURN(seal::Place place, IdentityNumberPlace(person.name()));
    batch.fresh_numbers.emplace_back(std::move(place), &row.number);
  }
  batch.fresh.push_back(std::move(person));
  return absl::OkStatus();
}

absl::Status PersonImport::TakeKnown(journal::Transaction& tx, Row& row, const Known& known,
                                     Batch& batch) {
  const v1::Person& before = known.person;
  v1::Person after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(row.person, {}, after));
  ASSIGN_OR_RETURN(const std::string id, stores_.persons.plan().type().IdOf(before.name()));
  // A number that is his already is none to change.
  if (row.number_owner == id && batch.sealing.ok()) after.clear_identity_number();
  if (!after.identity_number().empty()) RETURN_IF_ERROR(CheckNumber(row, batch));
  ASSIGN_OR_RETURN(bool changes, TakePosts(tx, *row.given, after, batch));
  v1::Person changed = before;
  // Most rows of a repeated import say what is there: they cost the database nothing.
  if (after.SerializeAsString() != before.SerializeAsString()) {
    RETURN_IF_ERROR(journal::RunItem(tx, [&]() -> absl::Status {
      ASSIGN_OR_RETURN(changed, changes_.Change(tx, before, after, false));
      return absl::OkStatus();
    }));
  }
  changes = changes || changed.etag() != before.etag();
  const bool left = before.employment_state() == v1::Person::EMPLOYMENT_STATE_EMPLOYED &&
                    changed.employment_state() != v1::Person::EMPLOYMENT_STATE_EMPLOYED;
  if (left) batch.left = changed;
  batch.response.set_updated_count(batch.response.updated_count() + (changes ? 1 : 0));
  batch.response.set_unchanged_count(batch.response.unchanged_count() + (changes ? 0 : 1));
  return absl::OkStatus();
}

absl::StatusOr<bool> PersonImport::TakePosts(journal::Transaction& tx,
                                             const v1::ImportPersonRow& row,
                                             const v1::Person& person, Batch& batch) {
  const bool may_change =
      batch.on_conflict != v1::ON_CONFLICT_SKIP && batch.on_conflict != v1::ON_CONFLICT_FAIL;
  bool changes = false;
  for (int i = 0; i < row.posts_size(); ++i) {
    const v1::ImportPersonRow::HeldPost& held = row.posts(i);
    batch.at_post = absl::StrCat("posts[", i, "].");
    v1::Post post = held.post();
    resource::KeepInput(post);
    const bool elsewhere = !post.organization().empty() || held.has_organization_identifier();
    if (elsewhere) {
      ASSIGN_OR_RETURN(const std::string organization,
                       Resolve(tx, post.organization(), held.organization_identifier(), batch));
      post.set_organization(organization);
    } else {
      post.set_organization(person.organization());
    }
    v1::Assignment assignment;
    assignment.set_person(person.name());
    assignment.set_post(kSomePost);
    assignment.set_acting(held.acting());
    if (held.has_start_date()) *assignment.mutable_start_date() = held.start_date();
    assignment.set_document_number(held.document_number());
    RETURN_IF_ERROR(validate::Check(post));
    RETURN_IF_ERROR(validate::Check(assignment));
    ASSIGN_OR_RETURN(const bool change,
                     batch.posts.Take(tx, person, post, std::move(assignment), may_change));
    changes = changes || change;
  }
  batch.at_post.clear();
  return changes;
}

absl::Status PersonImport::Write(journal::Transaction& tx, Batch& batch) {
  std::vector<google::protobuf::Message*> fresh;
  for (v1::Person& person : batch.fresh) fresh.push_back(&person);
  RETURN_IF_ERROR(stores_.persons.messages().InsertMany(tx, fresh, {}, {}));
  RETURN_IF_ERROR(stores_.sealed_values.PutMany(tx.connection(), batch.fresh_numbers));
  ASSIGN_OR_RETURN(const auto added, batch.posts.Write(tx));
  batch.response.set_created_count(static_cast<int32_t>(batch.fresh.size()));
  batch.response.set_post_count(added.first);
  batch.response.set_assignment_count(added.second);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
