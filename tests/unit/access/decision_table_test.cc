// The table of decisions that was written by hand (decisions.txt), with the standard roles.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "common/access/decision.h"

namespace qinglian::access {
namespace {

std::string Id(char letter) { return std::string(16, letter); }

// By the letter of the table; none for the resource of no organization.
std::optional<std::string> PathTo(char organization) {
  static const auto& paths = *new std::map<char, std::string>{
      {'P', "P"}, {'C', "PC"}, {'B', "PCB"}, {'O', "PCBO"}, {'D', "PCD"}, {'E', "PE"}, {'?', ""}};
  if (organization == '-') return std::nullopt;
  std::string path;
  for (const char letter : paths.at(organization)) path += Id(letter);
  return path;
}

v1::Sensitivity ProtectionOf(const std::string& letter) {
  static const auto& protections =
      *new std::map<std::string, v1::Sensitivity>{{"-", v1::SENSITIVITY_UNSPECIFIED},
                                                  {"p", v1::SENSITIVITY_PERSONAL},
                                                  {"c", v1::SENSITIVITY_CONFIDENTIAL},
                                                  {"s", v1::SENSITIVITY_SEALED}};
  return protections.at(letter);
}

char LetterOf(Verdict verdict) {
  return verdict == Verdict::kAllowed ? 'i' : verdict == Verdict::kHidden ? 'h' : 'r';
}

// One line of the table.
class Line {
 public:
  explicit Line(const std::string& text) : words_(absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const std::vector<std::string> who = absl::StrSplit(words_[0], '/');
    if (who.size() > 1) acting_for_ = "persons/" + who[1];
    if (who[0] != "-") {
      const std::vector<std::string> grants = absl::StrSplit(who[0], ',');
      for (const std::string& grant : grants) {
        const std::vector<std::string> parts = absl::StrSplit(grant, '@');
        roles_.push_back(roles_of_the_house().Find("roles/" + parts[0]));
        roots_.push_back(parts[1] == "*" ? "" : Id(parts[1][0]));
      }
    }
    denied_to_ = Persons(words_[3]);
    known_to_ = Persons(words_[4]);
  }

  bool IsSound() const {
    for (const Role* role : roles_) {
      if (role == nullptr) return false;
    }
    return words_.size() == 8 && Permission() != PermissionCatalogue::npos;
  }

  std::string expected() const { return words_[5] + words_[6] + words_[7]; }

  std::string Decided() const {
    std::vector<RoleGrant> grants;
    for (size_t i = 0; i < roles_.size(); ++i)
      grants.push_back({.role = roles_[i], .root = roots_[i]});
    std::string decided;
    for (const char organization : std::string("PCBODE-?")) {
      const std::optional<std::string> path = PathTo(organization);
      Facts facts{.permission = Permission(),
                  .grants = grants,
                  .actor = "persons/me",
                  .acting_for = acting_for_,
                  .denied_to = denied_to_,
                  .sensitivity = ProtectionOf(words_[2]),
                  .known_to = known_to_};
      if (path.has_value()) facts.organization_path = *path;
      decided += LetterOf(Decide(facts).verdict);
    }
    return decided;
  }

 private:
  static const Roles& roles_of_the_house() {
    static const auto& roles = *new Roles(StandardRoles(), PermissionCatalogue::Linked());
    return roles;
  }
  static std::vector<std::string> Persons(const std::string& word) {
    if (word == "-") return {};
    return {"persons/nobody", "persons/" + word};
  }
  size_t Permission() const { return PermissionCatalogue::Linked().Find(words_[1]); }

  const std::vector<std::string> words_;
  std::string acting_for_;
  std::vector<const Role*> roles_;
  std::vector<std::string> roots_;
  std::vector<std::string> denied_to_, known_to_;
};

TEST(Decide, AgreesWithTheTableThatWasWrittenByHand) {
  std::ifstream file(QINGLIAN_SOURCE_DIR "/tests/unit/access/decisions.txt");
  size_t decisions = 0;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    const Line line(text);
    ASSERT_TRUE(line.IsSound()) << text;
    EXPECT_EQ(line.Decided(), line.expected()) << text;
    decisions += line.expected().size();
  }
  EXPECT_GE(decisions, 300u);
}

}  // namespace
}  // namespace qinglian::access
