#include "tests/unit/access/oracle.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/access/decision.h"

namespace qinglian::access {
namespace {

using test::Answer;
using test::Question;
using test::World;

constexpr int kPermissions = 12;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int Below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(engine_); }
  bool OneIn(int odds) { return Below(odds) == 0; }

 private:
  std::mt19937 engine_;
};

std::string PermissionName(int i) { return "risk.things.verb" + std::to_string(i); }
std::string PersonName(int i) { return "persons/" + std::to_string(i); }

// One random world, in the terms of both evaluators.
class TwoWorlds {
 public:
  explicit TwoWorlds(Dice& dice) {
    const int organizations = 1 + dice.Below(40);
    for (int i = 0; i < organizations; ++i) {
      if (i > 0 && !dice.OneIn(8)) world_.superiors[i] = dice.Below(i);
      PathOf(i);
    }
    for (int i = 0; i < 6; ++i) AddRole(dice, "roles/" + std::to_string(i));
  }

  // A move: the subtree goes elsewhere, and all paths below follow.
  void Move(Dice& dice) {
    const int moved = dice.Below(size());
    const int to = dice.Below(size());
    if (to >= moved) return;  // superiors have smaller numbers: no cycle
    world_.superiors[moved] = to;
    paths_.clear();
    for (int i = 0; i < static_cast<int>(count_); ++i) PathOf(i);
  }

  const World& world() const { return world_; }
  int size() const { return static_cast<int>(count_); }
  const std::string& path(int i) const { return paths_.at(i); }
  // Empty for the whole installation.
  std::string_view id(int i) const {
    return i == test::kWhole ? std::string_view()
                             : std::string_view(path(i)).substr(path(i).size() - kIdSize);
  }
  const Role* role(const std::string& name) const {
    const auto found = roles_.find(name);
    return found == roles_.end() ? nullptr : &found->second;
  }

 private:
  void PathOf(int i) {
    const auto superior = world_.superiors.find(i);
    const std::string above = superior == world_.superiors.end() ? "" : paths_.at(superior->second);
    std::string id(16, '\0');
    id[14] = static_cast<char>(i / 7);
    id[15] = static_cast<char>(i % 7);
    paths_[i] = above + id;
    count_ = std::max(count_, static_cast<size_t>(i) + 1);
  }

  void AddRole(Dice& dice, const std::string& name) {
    World::Role& role = world_.roles[name];
    Role& other = roles_[name];
    for (int p = 0; p < kPermissions; ++p) {
      if (!dice.OneIn(3)) continue;
      role.permissions.insert(PermissionName(p));
      other.permissions.set(p);
    }
    role.view = 1 + dice.Below(4);
    other.view = static_cast<v1::Sensitivity>(role.view);
  }

  World world_;
  std::map<int, std::string> paths_;
  std::map<std::string, Role> roles_;
  size_t count_ = 0;
};

std::set<std::string> SomePeople(Dice& dice) {
  std::set<std::string> people;
  if (!dice.OneIn(3)) return people;
  for (int i = dice.Below(4); i > 0; --i) people.insert(PersonName(dice.Below(6)));
  return people;
}

Question Ask(Dice& dice, const TwoWorlds& worlds, int& permission) {
  Question question;
  permission = dice.Below(kPermissions);
  question.permission = PermissionName(permission);
  for (int i = dice.Below(5); i > 0; --i) {
    // The seventh role is known to nobody.
    question.grants.emplace_back("roles/" + std::to_string(dice.Below(7)),
                                 dice.OneIn(20) ? test::kWhole : dice.Below(worlds.size()));
  }
  question.actor = PersonName(dice.Below(6));
  if (dice.OneIn(4)) question.acting_for = PersonName(dice.Below(6));
  question.organization = dice.OneIn(10)   ? test::kNone
                          : dice.OneIn(10) ? test::kUnknown
                                           : dice.Below(worlds.size());
  question.denied_to = SomePeople(dice);
  question.known_to = SomePeople(dice);
  if (dice.OneIn(3)) question.sensitivity = dice.Below(5);
  return question;
}

std::optional<std::string_view> PathIn(const TwoWorlds& worlds, int organization) {
  if (organization == test::kNone) return std::nullopt;
  return organization == test::kUnknown ? std::string_view() : worlds.path(organization);
}

Decision DecideOn(const TwoWorlds& worlds, const Question& question, int permission) {
  std::vector<RoleGrant> grants;
  for (const auto& [role, organization] : question.grants) {
    grants.push_back({.role = worlds.role(role), .root = worlds.id(organization)});
  }
  const std::vector<std::string> denied(question.denied_to.begin(), question.denied_to.end());
  const std::vector<std::string> known(question.known_to.begin(), question.known_to.end());
  return Decide({.permission = static_cast<size_t>(permission),
                 .grants = grants,
                 .actor = question.actor,
                 .acting_for = question.acting_for,
                 .organization_path = PathIn(worlds, question.organization),
                 .denied_to = denied,
                 .sensitivity = static_cast<v1::Sensitivity>(question.sensitivity),
                 .known_to = known});
}

bool Agree(const Decision& decision, const Answer& answer) {
  switch (decision.verdict) {
    case Verdict::kForbidden:
      return answer.verdict == Answer::kForbidden;
    case Verdict::kHidden:
      return answer.verdict == Answer::kAbsent;
    case Verdict::kAllowed:
      return answer.verdict == Answer::kAllowed && answer.view == decision.view;
  }
  return false;
}

TEST(Decide, AgreesWithAnIndependentEvaluatorOnAMillionRandomQuestions) {
  Dice dice(20251122);
  int verdicts[3] = {0, 0, 0};
  for (int world = 0; world < 1000; ++world) {
    TwoWorlds worlds(dice);
    for (int i = 0; i < 1000; ++i) {
      if (i % 100 == 99) worlds.Move(dice);
      int permission = 0;
      const Question question = Ask(dice, worlds, permission);
      const Decision decision = DecideOn(worlds, question, permission);
      ASSERT_TRUE(Agree(decision, test::Judge(worlds.world(), question)))
          << "world " << world << ", question " << i;
      ++verdicts[static_cast<int>(decision.verdict)];
    }
  }
  // A million questions of which nearly all have one answer would prove little.
  for (const int count : verdicts) EXPECT_GT(count, 100'000);
}

}  // namespace
}  // namespace qinglian::access
