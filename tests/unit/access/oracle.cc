#include "tests/unit/access/oracle.h"

namespace qinglian::access::test {
namespace {

// The organization and all above it.
std::set<int> ChainOf(const World& world, int organization) {
  std::set<int> chain;
  while (true) {
    chain.insert(organization);
    const auto superior = world.superiors.find(organization);
    if (superior == world.superiors.end()) return chain;
    organization = superior->second;
  }
}

}  // namespace

Answer Judge(const World& world, const Question& question) {
  std::vector<std::pair<World::Role, int>> holding;
  for (const auto& [name, organization] : question.grants) {
    const auto role = world.roles.find(name);
    if (role == world.roles.end()) continue;
    if (role->second.permissions.count(question.permission) == 0) continue;
    holding.emplace_back(role->second, organization);
  }
  if (holding.empty()) return {Answer::kForbidden, 0};

  std::set<std::string> people = {question.actor};
  if (question.acting_for != "") people.insert(question.acting_for);
  for (const std::string& person : people) {
    if (question.denied_to.count(person) > 0) return {Answer::kAbsent, 0};
  }

  int most = -1;
  for (const auto& [role, organization] : holding) {
    bool above = true;
    if (organization == kWhole) {
      above = true;
    } else if (question.organization == kUnknown) {
      above = false;
    } else if (question.organization != kNone) {
      above = ChainOf(world, question.organization).count(organization) > 0;
    }
    if (above && role.view > most) most = role.view;
  }
  if (most < 0) return {Answer::kAbsent, 0};

  if (most < question.sensitivity) return {Answer::kAbsent, 0};

  bool knows = question.known_to.empty();
  for (const std::string& person : people) {
    if (question.known_to.count(person) > 0) knows = true;
  }
  if (!knows) return {Answer::kAbsent, 0};
  return {Answer::kAllowed, most};
}

}  // namespace qinglian::access::test
