// What organizations are searched by: the text of their names beside their row, and its pieces in
// organization_pieces. Derived from names and history, and written anew with them.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_NAMES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_NAMES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"

namespace qinglian::organization {

// An organization as the pieces know it.
struct NamedOrganization {
  std::string path;
  // As its table has it: a kind that this program does not know stays what it is.
  std::string kind;
  // Every name, a line each.
  std::string text;
};

// Inserts the pieces of organizations that have none.
absl::Status InsertPieces(mysql::Connection& connection,
                          const std::vector<NamedOrganization>& organizations);

// Writes anew by what an organization is searched, as its row, which is locked, and its history say
// now; `id` is 16 bytes.
absl::Status RewriteNames(mysql::Connection& connection, std::string_view id);

// What lies at `new_path` and below it was moved there from `old_path`.
absl::Status MoveAreas(mysql::Connection& connection, std::string_view old_path,
                       std::string_view new_path);

// Writes anew by what some of those are searched that organization_names_due names, in a
// transaction of its own; answers how many. Others may do so at the same time.
absl::StatusOr<int64_t> RewriteDueNames(mysql::Session& session);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_NAMES_H_
