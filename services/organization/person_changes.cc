#include "services/organization/person_changes.h"

#include <optional>
#include <string_view>
#include <utility>

#include "common/id/names.h"
#include "common/mysql/errors.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/person_rules.h"

namespace qinglian::organization {
namespace {

absl::Status FieldTaken(const char* field) {
  return status::Error(
      status::kResourceExists,
      {{"type", "organization.qinglian/Person"}, {"resource", field}, {"field", field}});
}

}  // namespace

absl::StatusOr<seal::Place> IdentityNumberPlace(const std::string& person) {
  ASSIGN_OR_RETURN(const id::Uuid id, id::ParseName("persons", person));
  return seal::Place{"persons", id.Bytes(), "identity_number"};
}

seal::Secret TakeIdentityNumber(v1::Person& person) {
  seal::Secret number(std::move(*person.mutable_identity_number()));
  person.clear_identity_number();
  return number;
}

std::string Masked(const seal::Secret& number) {
  constexpr size_t kShown = 4;
  const std::string_view text = number.Reveal();
  if (text.size() <= kShown) return "";
  return std::string(text.size() - kShown, '*').append(text.substr(text.size() - kShown));
}

absl::Status StaffNumberTaken() { return FieldTaken("person.staff_number"); }
absl::Status IdentityNumberTaken() { return FieldTaken("person.identity_number"); }

absl::Status PersonTaken(const absl::Status& status) {
  const std::optional<std::string> key = mysql::DuplicateKey(status);
  if (!key.has_value()) return status;
  return *key == seal::kDigestKey ? IdentityNumberTaken() : StaffNumberTaken();
}

absl::StatusOr<v1::Person> PersonChanges::Create(journal::Transaction& tx,
                                                 v1::Person person) const {
  const seal::Secret number = TakeIdentityNumber(person);
  person.set_identity_number_masked(Masked(number));
  RETURN_IF_ERROR(
      organizations_.LockPath(tx, "person.organization", person.organization()).status());
  const absl::StatusOr<v1::Person> created = store_.Insert(tx, std::move(person));
  if (!created.ok()) return PersonTaken(created.status());
  if (!number.empty()) RETURN_IF_ERROR(KeepIdentityNumber(tx, created->name(), number));
  return created;
}

absl::StatusOr<v1::Person> PersonChanges::Change(journal::Transaction& tx, const v1::Person& before,
                                                 v1::Person after, bool renumbered) const {
  bool holds = false;
  if (after.staff_number() != before.staff_number()) {
    ASSIGN_OR_RETURN(holds, store_.HoldsAnything(tx.connection(), before.name()));
  }
  RETURN_IF_ERROR(CheckChange(before, after, holds));
  const seal::Secret number = TakeIdentityNumber(after);
  renumbered = renumbered || !number.empty();
  if (renumbered) {
    RETURN_IF_ERROR(KeepIdentityNumber(tx, before.name(), number));
    after.set_identity_number_masked(Masked(number));
  }
  if (after.organization() != before.organization()) {
    RETURN_IF_ERROR(
        organizations_.LockPath(tx, "person.organization", after.organization()).status());
  }
  // Another number may look the same behind its mask.
  absl::StatusOr<v1::Person> changed = renumbered ? store_.Touch(tx, before, std::move(after))
                                                  : store_.Update(tx, before, std::move(after));
  return changed.ok() ? changed : PersonTaken(changed.status());
}

absl::Status PersonChanges::KeepIdentityNumber(journal::Transaction& tx, const std::string& person,
                                               const seal::Secret& number) const {
  ASSIGN_OR_RETURN(const seal::Place place, IdentityNumberPlace(person));
  if (number.empty()) return sealed_values_.Remove(tx.connection(), place);
  return PersonTaken(sealed_values_.Put(tx.connection(), place, number));
}

}  // namespace qinglian::organization
