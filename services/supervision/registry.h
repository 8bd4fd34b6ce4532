// What this service asks of the registry of organizations beyond what its follower answers: read
// from SQL in the transaction of the write, never from memory.
#ifndef QINGLIAN_SERVICES_SUPERVISION_REGISTRY_H_
#define QINGLIAN_SERVICES_SUPERVISION_REGISTRY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace qinglian::supervision {

// Names that are of no person (`clients/…`, `services/…`) are of somebody who holds no post and is
// not at work. Errors, besides those named, are those of the database. Thread-safe: nothing is
// kept.

// REFERENCE_NOT_FOUND with the field where the organization, or the person, is not known. An empty
// name of a person is well.
absl::Status CheckOrganization(mysql::Connection& connection, std::string_view field,
                               std::string_view organization);
absl::Status CheckPerson(mysql::Connection& connection, std::string_view field,
                         std::string_view person);

// Whether every organization is known; whether every person is known and employed.
absl::StatusOr<bool> AllKnown(mysql::Connection& connection,
                              const google::protobuf::RepeatedPtrField<std::string>& organizations);
absl::StatusOr<bool> AllAtWork(mysql::Connection& connection,
                               const std::vector<std::string>& persons);

// Where a person holds posts now, seen from an organization.
struct Standing {
  // A post anywhere.
  bool holds_post = false;
  // A post in the organization or below it.
  bool holds_post_within = false;
};
absl::StatusOr<Standing> StandingOf(mysql::Connection& connection, std::string_view person,
                                    std::string_view organization);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_REGISTRY_H_
