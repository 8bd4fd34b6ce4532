// The standard roles: data (standard_roles.textproto) that every program holds.
#ifndef QINGLIAN_COMMON_ACCESS_ROLE_H_
#define QINGLIAN_COMMON_ACCESS_ROLE_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/permission.h"
#include "qinglian/access/v1/role.pb.h"

namespace qinglian::access {

// As they stand in the file, by name.
const v1::RoleCatalogue& StandardRoles();

// A role against the permissions of one program.
struct Role {
  PermissionSet permissions;
  // The most protected data that it shows.
  v1::Sensitivity view = v1::SENSITIVITY_INTERNAL;
};

// Immutable, and so thread-safe.
class Roles {
 public:
  Roles(const v1::RoleCatalogue& roles, const PermissionCatalogue& permissions);

  // The standard roles against the permissions of this program.
  static const Roles& Linked();

  // Null for a name that is no standard role's: of a newer program, perhaps. It grants nothing.
  const Role* Find(std::string_view name) const;

 private:
  std::map<std::string, Role, std::less<>> roles_;
};

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_ROLE_H_
