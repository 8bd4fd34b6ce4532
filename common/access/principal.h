// Who calls, with what he was granted, and what that lets him do.
#ifndef QINGLIAN_COMMON_ACCESS_PRINCIPAL_H_
#define QINGLIAN_COMMON_ACCESS_PRINCIPAL_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "common/access/decision.h"
#include "qinglian/access/v1/identity.pb.h"

namespace qinglian::access {

// Who calls, as his identity token says. Immutable, and so thread-safe.
class Principal {
 public:
  // A grant whose role or organization is not what it should be grants nothing.
  explicit Principal(const v1::Identity& identity);

  Principal(const Principal&) = delete;
  Principal& operator=(const Principal&) = delete;

  const std::string& actor() const { return actor_; }
  const std::string& acting_for() const { return acting_for_; }
  absl::Span<const RoleGrant> grants() const { return grants_; }

  // Whether a role that he holds anywhere has the permission.
  bool Holds(size_t permission) const;

 private:
  const std::string actor_;
  const std::string acting_for_;
  // What the grants refer to.
  std::vector<std::string> roots_;
  std::vector<RoleGrant> grants_;
};

// What a caller may do by one permission. A value; the principal outlives it. Thread-safe.
class Scope {
 public:
  // The house itself, for what it does by the clock and for what others' changes cause: everything.
  Scope() = default;
  // `anywhere`: the method's rule says that the subtree does not matter. `refused`, where it is not
  // null, is set by NoteRefused, and outlives the scope.
  Scope(const Principal& principal, size_t permission, bool anywhere, bool* refused = nullptr)
      : principal_(&principal), permission_(permission), anywhere_(anywhere), refused_(refused) {}

  // The same caller by another permission: for the items of a batch.
  Scope By(size_t permission, bool anywhere) const {
    return {*principal_, permission, anywhere, refused_};
  }

  // The caller asked for what is there and not for him, though he is told that it does not exist:
  // for the record of refused attempts. By the thread of the call.
  void NoteRefused() const {
    if (refused_ != nullptr) *refused_ = true;
  }

  // Null for the house itself.
  const Principal* principal() const { return principal_; }

  // What about a resource decides, apart from who asks.
  struct Resource {
    // As in Facts.
    std::optional<std::string_view> organization_path = std::nullopt;
    absl::Span<const std::string> denied_to = {};
    absl::Span<const std::string> known_to = {};
    v1::Sensitivity sensitivity = v1::SENSITIVITY_UNSPECIFIED;
  };
  Decision Decide(const Resource& resource) const;

  // The same for the organization alone.
  bool Reaches(std::string_view organization_path) const {
    return Decide({.organization_path = organization_path}).verdict == Verdict::kAllowed;
  }

  // Whether every organization is reached, known or not, so that its path need not be looked up;
  // with data as protected as `sensitivity`.
  bool ReachesAll(v1::Sensitivity sensitivity) const;

  // The ids of the organizations at the roots of what is reached with data as protected as
  // `sensitivity`. Of no meaning where ReachesAll.
  std::vector<std::string_view> Roots(v1::Sensitivity sensitivity) const;

  // The persons of whom neither may be denied and one must need to know: who calls, and for whom he
  // acts. Empty for the house itself and its services.
  std::vector<std::string_view> persons() const;

 private:
  const Principal* principal_ = nullptr;
  size_t permission_ = PermissionCatalogue::npos;
  bool anywhere_ = false;
  bool* refused_ = nullptr;
};

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_PRINCIPAL_H_
