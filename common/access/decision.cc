#include "common/access/decision.h"

#include <algorithm>

namespace qinglian::access {
namespace {

bool Names(absl::Span<const std::string> people, std::string_view person) {
  return !person.empty() && std::find(people.begin(), people.end(), person) != people.end();
}

bool Names(absl::Span<const std::string> people, const Facts& facts) {
  return Names(people, facts.actor) || Names(people, facts.acting_for);
}

}  // namespace

Decision Decide(const Facts& facts) {
  bool held = false;
  bool reached = false;
  v1::Sensitivity view = v1::SENSITIVITY_INTERNAL;
  for (const RoleGrant& grant : facts.grants) {
    if (grant.role == nullptr || facts.permission >= kMaxPermissions ||
        !grant.role->permissions[facts.permission]) {
      continue;
    }
    held = true;
    if (facts.organization_path && !Reaches(grant.root, *facts.organization_path)) continue;
    reached = true;
    view = std::max(view, grant.role->view);
  }
  if (!held) return {.verdict = Verdict::kForbidden};
  const bool hidden = Names(facts.denied_to, facts) || !reached || view < facts.sensitivity ||
                      (!facts.known_to.empty() && !Names(facts.known_to, facts));
  if (hidden) return {.verdict = Verdict::kHidden};
  return {.verdict = Verdict::kAllowed, .view = view};
}

}  // namespace qinglian::access
