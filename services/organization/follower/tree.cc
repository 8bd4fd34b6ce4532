#include "services/organization/follower/tree.h"

#include "common/access/path.h"
#include "common/status/macros.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization::follower {
namespace {

// Whether a path leads through an organization.
bool Through(std::string_view path, std::string_view id) {
  for (size_t i = 0; i + kPathStep <= path.size(); i += kPathStep) {
    if (path.substr(i, kPathStep) == id) return true;
  }
  return false;
}

// Level by level, everything without a path whose parent stands in the subtree of `path`.
absl::Status PlaceAwaiting(mysql::Connection& connection, const std::string& path) {
  const std::string end = access::PathEnd(path);
  for (size_t level = 0; level < kMaxDepth; ++level) {
    ASSIGN_OR_RETURN(
        const int64_t placed,
        connection.Execute("UPDATE known_organizations parents JOIN known_organizations children "
                           "ON children.parent = parents.id "
                           "SET children.path = CONCAT(parents.path, children.id) "
                           "WHERE parents.path >= ? AND parents.path < ? AND children.path = ''",
                           {path, end}));
    if (placed == 0) break;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Placement> Place(mysql::Connection& connection, const std::string& id,
                                const std::optional<std::string>& parent) {
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT (SELECT path FROM known_organizations WHERE id = ?), "
                       "(SELECT path FROM known_organizations WHERE id = ?), "
                       "EXISTS (SELECT 1 FROM known_organizations WHERE parent = ? AND path = '')",
                       {id, parent, id}));
  rows.Next();
  Placement placement{.id = id, .old_path = rows.Bytes(0), .path = {}, .awaited = rows.Bool(2)};
  const std::string above = rows.Bytes(1);
  if (!parent.has_value() || (!above.empty() && !Through(above, id))) placement.path = above + id;
  return placement;
}

absl::Status MoveBelow(mysql::Connection& connection, const Placement& placement) {
  const std::string& from = placement.old_path;
  if (!from.empty() && from != placement.path) {
    if (placement.path.empty()) {
      RETURN_IF_ERROR(connection
                          .Execute("UPDATE known_organizations SET path = '' "
                                   "WHERE path >= ? AND path < ? AND id <> ?",
                                   {from, access::PathEnd(from), placement.id})
                          .status());
    } else {
      RETURN_IF_ERROR(
          connection
              .Execute("UPDATE known_organizations SET path = CONCAT(?, SUBSTRING(path, ?)) "
                       "WHERE path >= ? AND path < ? AND id <> ?",
                       {placement.path, static_cast<int64_t>(from.size() + 1), from,
                        access::PathEnd(from), placement.id})
              .status());
    }
  }
  if (placement.path.empty() || !placement.awaited) return absl::OkStatus();
  return PlaceAwaiting(connection, placement.path);
}

}  // namespace qinglian::organization::follower
