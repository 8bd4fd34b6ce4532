// May this caller do this to that: a pure function of facts that were read beforehand, in the
// transaction of what they decide.
//
// The order is part of the contract (proto/qinglian/access/v1/access.proto): the method's
// permission, hard denials, the subtree, the need to know, the view of fields. Hidden equals
// absent, so a caller who lacks the permission everywhere is told so, and whoever has it somewhere
// else learns nothing of this resource.
#ifndef QINGLIAN_COMMON_ACCESS_DECISION_H_
#define QINGLIAN_COMMON_ACCESS_DECISION_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "common/access/path.h"
#include "common/access/role.h"

namespace qinglian::access {

// A role in a subtree.
struct RoleGrant {
  const Role* role = nullptr;
  // The id of the organization at the root of the subtree; empty for the whole installation.
  std::string_view root = {};
};

struct Facts {
  // The place of the method's permission in the catalogue.
  size_t permission = PermissionCatalogue::npos;
  absl::Span<const RoleGrant> grants = {};
  // Who calls, and the person for whom he acts; the latter empty for nobody.
  std::string_view actor = {};
  std::string_view acting_for = {};
  // The path of the organization that the resource belongs to: the ids from the top of the tree
  // down to it. None where it belongs to no organization, and then every grant reaches it; empty
  // where the organization is not known here, and then only a grant for the whole installation
  // does.
  std::optional<std::string_view> organization_path = std::nullopt;
  // To whom the resource does not exist: either of the two persons suffices.
  absl::Span<const std::string> denied_to = {};
  // To whoever is shown less than this it does not exist.
  v1::Sensitivity sensitivity = v1::SENSITIVITY_UNSPECIFIED;
  // Who needs to know it; empty for whoever has the permission. Acting for somebody is to know what
  // he may know.
  absl::Span<const std::string> known_to = {};
};

enum class Verdict {
  kAllowed,
  // PERMISSION_DENIED: the permission is not held anywhere.
  kForbidden,
  // NOT_FOUND, as if the resource did not exist.
  kHidden,
};

struct Decision {
  Verdict verdict = Verdict::kForbidden;
  // The most protected data that the caller may see of the resource; of no meaning unless allowed.
  v1::Sensitivity view = v1::SENSITIVITY_INTERNAL;

  friend bool operator==(const Decision&, const Decision&) = default;
};

// Pure, without allocation. Thread-safe.
Decision Decide(const Facts& facts);

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_DECISION_H_
