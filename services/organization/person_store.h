// What the generic store does not know of persons: what hangs on them.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/person.pb.h"

namespace qinglian::organization {

// Storage of persons. Thread-safe: it holds no state.
class PersonStore : public resource::Store<v1::Person> {
 public:
  // Whether a person holds a role or waits for one, holds a post, or is one of the two of a
  // delegation. Whoever gives him one locks the person first.
  absl::StatusOr<bool> HoldsAnything(mysql::Connection& connection, std::string_view person) const;

  // The names of the delegations in force in which a person is one of the two.
  absl::StatusOr<std::vector<std::string>> DelegationsOf(mysql::Connection& connection,
                                                         std::string_view person) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_STORE_H_
