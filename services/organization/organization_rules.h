// The rules of the organization tree: pure functions over messages and paths.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/organization.pb.h"

namespace qinglian::organization {

// The tree is at most this deep.
inline constexpr size_t kMaxDepth = 16;
// The bytes of an id in a path.
inline constexpr size_t kPathStep = 16;

inline constexpr status::Guard kNoCycle{"NO_CYCLE", "an organization cannot be moved below itself",
                                        "组织不能移动到自身或其下级之下"};
inline constexpr status::Guard kDepth{"DEPTH", "the tree would be deeper than 16 levels",
                                      "组织树将超过十六级"};

// Checks what the fields of an organization say of each other. INVALID_ARGUMENT with every fault: a
// party body needs its type and nothing else may have one, sources of external identifiers differ.
absl::Status CheckConsistency(const v1::Organization& organization);

// Checks that an organization may be placed under a parent. Paths are the ids from the root, 16
// bytes each; that of a root's missing parent is empty. `height` is how many levels the moved
// subtree has, 1 for a leaf or a new one.
absl::Status CheckPlace(const v1::Organization& organization, std::string_view own_path,
                        std::string_view parent_path, size_t height);

// The text that names are searched by: the full and the short name, normalized (NFKC, case folded),
// each in a line.
std::string SearchText(const v1::Organization& organization);

// A query or a name in the form of SearchText.
std::string Normalize(std::string_view text);

// Every two neighbouring characters of the lines of a search text, each once, sorted.
std::vector<std::string> Pieces(std::string_view search_text);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_RULES_H_
