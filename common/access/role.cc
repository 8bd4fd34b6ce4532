#include "common/access/role.h"

#include <cstdlib>

#include "common/access/standard_roles.h"
#include "google/protobuf/text_format.h"

namespace qinglian::access {
namespace {

// A file that does not parse is a fault of the build, which a unit test finds.
v1::RoleCatalogue Parse() {
  v1::RoleCatalogue roles;
  if (!google::protobuf::TextFormat::ParseFromString(std::string(kStandardRoles), &roles))
    std::abort();
  return roles;
}

}  // namespace

const v1::RoleCatalogue& StandardRoles() {
  static const auto& roles = *new v1::RoleCatalogue(Parse());
  return roles;
}

Roles::Roles(const v1::RoleCatalogue& roles, const PermissionCatalogue& permissions) {
  for (const v1::Role& role : roles.roles()) {
    Role& known = roles_[role.name()];
    known.view = role.view();
    for (const std::string& pattern : role.permissions())
      known.permissions |= permissions.Matching(pattern);
  }
}

const Roles& Roles::Linked() {
  static const auto& roles = *new Roles(StandardRoles(), PermissionCatalogue::Linked());
  return roles;
}

const Role* Roles::Find(std::string_view name) const {
  const auto found = roles_.find(name);
  return found == roles_.end() ? nullptr : &found->second;
}

}  // namespace qinglian::access
