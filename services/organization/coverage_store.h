// What is missing in the registry, counted for every subtree.
//
// Nobody who changes an organization, a post or a letter waits for a count: a task of the clock
// reads the journal, one change after the other, looks anew at the organizations that were
// concerned, and takes what it finds against what it had found before. So whatever happens in
// between, the counts are those of the record as of a position, and a change that is looked at
// twice counts once. The counts have a tree of their own, as it was counted, so that a move of a
// subtree takes what it holds from those above it and adds it to the others.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_STORE_H_

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/mysql/mysql.h"

namespace qinglian::organization {

// Kinds of facts, as they stand in the tables.
inline constexpr std::string_view kOrganWithoutPartyBody = "ORGAN_WITHOUT_PARTY_BODY";
inline constexpr std::string_view kWithoutSecretary = "PARTY_BODY_WITHOUT_SECRETARY";
inline constexpr std::string_view kWithoutDisciplineCommissioner =
    "PARTY_BODY_WITHOUT_DISCIPLINE_COMMISSIONER";
inline constexpr std::string_view kTermEnds = "TERM_ENDS";
inline constexpr std::string_view kPostVacant = "POST_VACANT";
inline constexpr std::string_view kLetterOwed = "LETTER_OWED";
inline constexpr std::string_view kLetterInForce = "LETTER_IN_FORCE";
inline constexpr std::string_view kTalkMissing = "APPOINTMENT_TALK_MISSING";

// The day of a fact that has none.
inline constexpr absl::CivilDay kNoDay(1000, 1, 1);

// One fact; ids are 16 bytes.
struct CoverageFact {
  std::string kind;
  std::string subject;
  std::string organization;
  absl::CivilDay day = kNoDay;

  friend auto operator<=>(const CoverageFact& a, const CoverageFact& b) {
    return a.Key() <=> b.Key();
  }
  friend bool operator==(const CoverageFact& a, const CoverageFact& b) {
    return a.Key() == b.Key();
  }

 private:
  std::tuple<const std::string&, const std::string&, const std::string&, int64_t> Key() const {
    return {kind, subject, organization, day - kNoDay};
  }
};

// Which facts of a kind are asked for.
struct CoverageQuestion {
  std::string_view kind;
  // Of terms: the days [from, to].
  absl::CivilDay from = kNoDay;
  absl::CivilDay to = kNoDay;
  // Of letters owed: only those that have none in force for the year that begins on this day.
  bool unsigned_only = false;
  absl::CivilDay year = kNoDay;
};

// Used as it is: it holds no state.
class CoverageStore {
 public:
  // Looks at the next changes of the journal, in a transaction of its own; answers how many, 0
  // where all were looked at. Where two processes do so, one waits for the other.
  static absl::StatusOr<int64_t> Follow(mysql::Session& session);

  // Up to which change was counted.
  static absl::StatusOr<uint64_t> Position(mysql::Connection& connection);

  // How many facts there are at an organization and below it, by kind and day.
  using Counts = std::map<std::pair<std::string, absl::CivilDay>, int64_t>;
  static absl::StatusOr<Counts> CountsOf(mysql::Connection& connection, std::string_view id);

  // The next facts at the path of an organization and below it, by subject, after `after` (16
  // bytes, empty for the first).
  static absl::StatusOr<std::vector<CoverageFact>> List(mysql::Connection& connection,
                                                        std::string_view path,
                                                        const CoverageQuestion& question,
                                                        std::string_view after, int limit);
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_STORE_H_
