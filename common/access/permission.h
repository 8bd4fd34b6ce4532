// The permissions of a program's methods, read from their protos (qinglian.access.v1.method).
#ifndef QINGLIAN_COMMON_ACCESS_PERMISSION_H_
#define QINGLIAN_COMMON_ACCESS_PERMISSION_H_

#include <bitset>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "qinglian/access/v1/access.pb.h"

namespace qinglian::access {

inline constexpr size_t kMaxPermissions = 512;

// A set of permissions, by their places in a catalogue.
using PermissionSet = std::bitset<kMaxPermissions>;

// All gRPC services of Qinglian's contracts that are linked into this program.
std::vector<const google::protobuf::ServiceDescriptor*> LinkedServices();

// The rule of a method. INVALID_ARGUMENT, reason CONFIG_INVALID, where it declares none, more than
// one, or a permission that is not of the form `<service>.<collection>.<verb>`.
absl::StatusOr<v1::MethodRule> RuleOf(const google::protobuf::MethodDescriptor& method);

// What is served first: as the method's rule says or, where it does not, as its name does.
v1::LoadClass LoadClassOf(const google::protobuf::MethodDescriptor& method);

// All permissions that the methods of the contracts take that are linked into this program.
// Immutable, and so thread-safe.
class PermissionCatalogue {
 public:
  // Made at first use. Methods without a valid rule add nothing: RuleOf says which they are, and no
  // server starts with one. More permissions than kMaxPermissions end the process: a fault of the
  // contracts, which a unit test finds.
  static const PermissionCatalogue& Linked();

  // Sorted.
  const std::vector<std::string>& names() const { return names_; }

  // The place of a permission; npos for one that no method takes.
  static constexpr size_t npos = static_cast<size_t>(-1);
  size_t Find(std::string_view permission) const;

  // Those that `pattern` names: three parts, of which `*` stands for any. None where none match.
  PermissionSet Matching(std::string_view pattern) const;

 private:
  PermissionCatalogue();

  std::vector<std::string> names_;
};

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_PERMISSION_H_
