// What the generic store does not know of role bindings: who holds what.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_STORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/access/v1/identity.pb.h"
#include "qinglian/organization/v1/role_binding.pb.h"
#include "services/organization/role_binding_rules.h"

namespace qinglian::organization {

// What somebody holds on a day.
struct Holding {
  std::vector<access::v1::Grant> grants;
  // The first of their last days; nothing where they have none.
  std::optional<absl::CivilDay> last_day;
};

// Storage of role bindings. Thread-safe: it holds no state.
class RoleBindingStore : public resource::Store<v1::RoleBinding> {
 public:
  // What a subject was granted and holds on a day.
  absl::StatusOr<Holding> HoldingOf(mysql::Connection& connection, std::string_view subject,
                                    absl::CivilDay day) const;

  // Of that, what somebody else may have lent to a delegate at a time: no powerful role, and
  // nothing that was granted since.
  absl::StatusOr<Holding> LentHoldingOf(mysql::Connection& connection, std::string_view subject,
                                        absl::CivilDay day, absl::Time lent) const;

  // Whether one of the roles that a subject holds on a day is powerful.
  absl::StatusOr<bool> HoldsPowerful(mysql::Connection& connection, std::string_view subject,
                                     absl::CivilDay day) const;

  // The names of the bindings of a subject that are in force or wait for approval.
  absl::StatusOr<std::vector<std::string>> HeldBy(mysql::Connection& connection,
                                                  std::string_view subject) const;

  // Whether a binding like this is in force or waits for approval.
  absl::StatusOr<bool> Exists(mysql::Connection& connection, const v1::RoleBinding& binding) const;

  // The administrators of the whole installation; nobody makes or revokes one until the transaction
  // ends.
  absl::StatusOr<Administrators> LockAdministrators(journal::Transaction& tx) const;

 private:
  // What a subject holds on a day and had been granted by a time.
  absl::StatusOr<Holding> HeldAndGrantedBy(mysql::Connection& connection, std::string_view subject,
                                           absl::CivilDay day, absl::Time granted) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ROLE_BINDING_STORE_H_
