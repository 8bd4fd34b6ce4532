// Paths of organizations: the ids from the top of the tree down to the organization itself, 16
// bytes each. The index of the tree, used by ranges; in no message.
#ifndef QINGLIAN_COMMON_ACCESS_PATH_H_
#define QINGLIAN_COMMON_ACCESS_PATH_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace qinglian::access {

// The bytes of an organization's id.
inline constexpr size_t kIdSize = 16;

// Whether the organization of this path is the organization `root` (an id) or lies below it. Every
// organization is reached from an empty root, which stands for the whole installation.
bool Reaches(std::string_view root, std::string_view path);

// The first path after all that lie in the subtree of `path`: a subtree is path <= p <
// PathEnd(path).
std::string PathEnd(std::string_view path);

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_PATH_H_
