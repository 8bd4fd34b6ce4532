// What makes and changes persons: single calls and imports.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_CHANGES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_CHANGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/seal/sealed_values.h"
#include "common/seal/secret.h"
#include "qinglian/organization/v1/person.pb.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_store.h"

namespace qinglian::organization {

// Where the identity number of a person is kept.
absl::StatusOr<seal::Place> IdentityNumberPlace(const std::string& person);

// Takes the number out of a person, before anything else is done with him.
seal::Secret TakeIdentityNumber(v1::Person& person);

// What is shown of a number; empty where there is none.
std::string Masked(const seal::Secret& number);

// What a caller is told where the staff number or the identity number is taken: which field, never
// which value.
absl::Status StaffNumberTaken();
absl::Status IdentityNumberTaken();
// One of them where a unique key was broken; otherwise the error itself.
absl::Status PersonTaken(const absl::Status& status);

// Thread-safe.
class PersonChanges {
 public:
  // All of them outlive it.
  PersonChanges(const seal::SealedValues& sealed_values, const OrganizationStore& organizations,
                const PersonStore& store)
      : sealed_values_(sealed_values), organizations_(organizations), store_(store) {}

  // Creates a person of whom the caller's input is left.
  absl::StatusOr<v1::Person> Create(journal::Transaction& tx, v1::Person person) const;

  // Changes a locked person. `after` holds a new identity number or none; where `renumbered` says
  // so, none means that the number is destroyed.
  absl::StatusOr<v1::Person> Change(journal::Transaction& tx, const v1::Person& before,
                                    v1::Person after, bool renumbered) const;

 private:
  // Puts a number in its place beside the person, or destroys the one that is there.
  absl::Status KeepIdentityNumber(journal::Transaction& tx, const std::string& person,
                                  const seal::Secret& number) const;

  const seal::SealedValues& sealed_values_;
  const OrganizationStore& organizations_;
  const PersonStore& store_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_CHANGES_H_
