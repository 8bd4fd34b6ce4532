#include "common/access/principal.h"

#include <algorithm>

#include "common/id/names.h"
#include "common/id/uuid.h"

namespace qinglian::access {
namespace {

constexpr std::string_view kService = "services/";

bool IsService(std::string_view actor) { return actor.substr(0, kService.size()) == kService; }

}  // namespace

Principal::Principal(const v1::Identity& identity)
    : actor_(identity.actor()), acting_for_(identity.acting_for()) {
  // Never grows afterwards: the grants refer to what it holds.
  roots_.reserve(static_cast<size_t>(identity.grants_size()));
  for (const v1::Grant& grant : identity.grants()) {
    const Role* role = Roles::Linked().Find(grant.role());
    if (role == nullptr) continue;
    std::string root;
    if (!grant.organization().empty()) {
      const auto id = id::ParseName("organizations", grant.organization());
      if (!id.ok()) continue;
      root = id->Bytes();
    }
    roots_.push_back(std::move(root));
    grants_.push_back({.role = role, .root = roots_.back()});
  }
}

bool Principal::Holds(size_t permission) const {
  return permission < kMaxPermissions &&
         std::any_of(grants_.begin(), grants_.end(), [permission](const RoleGrant& grant) {
           return grant.role->permissions[permission];
         });
}

Decision Scope::Decide(const Resource& resource) const {
  if (principal_ == nullptr) {
    return {.verdict = Verdict::kAllowed, .view = v1::SENSITIVITY_SEALED};
  }
  return access::Decide({.permission = permission_,
                         .grants = principal_->grants(),
                         .actor = principal_->actor(),
                         .acting_for = principal_->acting_for(),
                         .organization_path = anywhere_ ? std::nullopt : resource.organization_path,
                         .denied_to = resource.denied_to,
                         .sensitivity = resource.sensitivity,
                         .known_to = resource.known_to});
}

bool Scope::ReachesAll(v1::Sensitivity sensitivity) const {
  if (principal_ == nullptr) return true;
  const absl::Span<const RoleGrant> grants = principal_->grants();
  return std::any_of(grants.begin(), grants.end(), [&](const RoleGrant& grant) {
    return grant.role->permissions[permission_] && grant.role->view >= sensitivity &&
           (anywhere_ || grant.root.empty());
  });
}

std::vector<std::string_view> Scope::Roots(v1::Sensitivity sensitivity) const {
  std::vector<std::string_view> roots;
  if (principal_ == nullptr) return roots;
  for (const RoleGrant& grant : principal_->grants()) {
    if (grant.role->permissions[permission_] && grant.role->view >= sensitivity) {
      roots.push_back(grant.root);
    }
  }
  return roots;
}

std::vector<std::string_view> Scope::persons() const {
  std::vector<std::string_view> persons;
  if (principal_ == nullptr || IsService(principal_->actor())) return persons;
  persons.push_back(principal_->actor());
  if (!principal_->acting_for().empty()) persons.push_back(principal_->acting_for());
  return persons;
}

}  // namespace qinglian::access
