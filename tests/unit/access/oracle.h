// An evaluator of access that shares no code with the one it judges: written from the rules alone,
// slow and plain.
//
//   A caller may use a method on a resource exactly when
//   1. some role that he was granted holds the method's permission (otherwise he is told so),
//   2. neither he nor the person he acts for is among those to whom the resource is denied,
//   3. one of the grants of 1 is for the resource's organization or one above it, or for the whole
//      installation; of an organization that is not known, only the latter,
//   4. where the resource names who needs to know it, he or the person he acts for is named.
//   5. one of the grants of 3 shows data as protected as the resource.
//   Where 2, 3, 4 or 5 fail the resource is absent. He sees data up to the most protected kind that
//   one of the grants of 3 shows.
#ifndef QINGLIAN_TESTS_UNIT_ACCESS_ORACLE_H_
#define QINGLIAN_TESTS_UNIT_ACCESS_ORACLE_H_

#include <map>
#include <set>
#include <string>
#include <vector>

namespace qinglian::access::test {

struct World {
  // Of each organization its superior; a root has none.
  std::map<int, int> superiors;
  struct Role {
    std::set<std::string> permissions;
    int view = 0;
  };
  std::map<std::string, Role> roles;
};

inline constexpr int kNone = -1;
inline constexpr int kUnknown = -2;
inline constexpr int kWhole = -3;

struct Question {
  std::string permission;
  // The roles and the organizations they were granted for; kWhole for the whole installation.
  std::vector<std::pair<std::string, int>> grants;
  std::string actor;
  std::string acting_for;
  // kNone for a resource of no organization, kUnknown for one that is not known here.
  int organization = kNone;
  std::set<std::string> denied_to;
  std::set<std::string> known_to;
  int sensitivity = 0;
};

struct Answer {
  enum { kForbidden, kAbsent, kAllowed } verdict = kForbidden;
  int view = 0;
};

Answer Judge(const World& world, const Question& question);

}  // namespace qinglian::access::test

#endif  // QINGLIAN_TESTS_UNIT_ACCESS_ORACLE_H_
