// The text of standard_roles.textproto. Private to this folder.
#ifndef QINGLIAN_COMMON_ACCESS_STANDARD_ROLES_H_
#define QINGLIAN_COMMON_ACCESS_STANDARD_ROLES_H_

#include <string_view>

namespace qinglian::access {

extern const std::string_view kStandardRoles;

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_STANDARD_ROLES_H_
