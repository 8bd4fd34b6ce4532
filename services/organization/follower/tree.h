// The paths of known organizations, computed from their parents. Private to this folder.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_TREE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_TREE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"

namespace qinglian::organization::follower {

// Where an organization stands now and where it will. Paths are empty where there is none.
struct Placement {
  std::string id;
  std::string old_path;
  std::string path;
  // Whether organizations without a path name it as their parent.
  bool awaited = false;
};

// Where the organization with this id (16 bytes) comes to stand below `parent`, none for a root. It
// has no path where its parent has none, or stands itself below it: in a snapshot taken while
// organizations move, two may each seem to be below the other, until the changes since then come.
absl::StatusOr<Placement> Place(mysql::Connection& connection, const std::string& id,
                                const std::optional<std::string>& parent);

// Gives all below the organization, whose own row has its new path, the paths that follow from it.
absl::Status MoveBelow(mysql::Connection& connection, const Placement& placement);

}  // namespace qinglian::organization::follower

#endif  // QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_TREE_H_
