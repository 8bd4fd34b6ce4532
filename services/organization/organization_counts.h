// How many organizations of which kind, level and state there were on any day, below each
// organization and in each division: counts that are kept, so that a province costs no more to ask
// about than a county.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_COUNTS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_COUNTS_H_

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/organization_statistics.pb.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {

// What one change adds to the counts and takes from them. Used by one thread.
class CountChanges {
 public:
  // Counts `sign` (1 or -1) organizations that were so, at `path`, in a span.
  void Add(std::string_view path, const v1::Organization& organization, const Span& span, int sign);

  // Appends what does not cancel out. Nobody waits for anybody there.
  absl::Status Write(mysql::Connection& connection) const;

 private:
  // Path above, division, kind, level, state, day.
  using Key =
      std::tuple<std::string, std::string, std::string, std::string, std::string, absl::CivilDay>;
  std::map<Key, int> changes_;
};

// Appends that what lay below `old_path` in a span lay below another; called before the history
// says so.
absl::Status CountMoveBelow(mysql::Connection& connection, std::string_view old_path,
                            std::string_view new_path, const Span& span);

// Folds the oldest changes into the counts, in a transaction of its own; answers how many. Others
// may do so at the same time.
absl::StatusOr<int64_t> FoldCounts(mysql::Session& session);

// How many there are of each kind, level and state.
using Tally =
    std::map<std::tuple<v1::Organization::Kind, v1::Division::Level, v1::Organization::State>,
             int64_t>;

// Adds what there was below an organization on a day, itself left out; `id` is 16 bytes.
absl::Status CountBelow(mysql::Connection& connection, std::string_view id, absl::CivilDay day,
                        Tally& tally);

// How many below an organization, itself left out, existed on a day and worked for each division of
// a province, city or county, or a part of it: by the code, whose length is 2, 4 or 6.
absl::StatusOr<std::map<std::string, int64_t>> CountByDivision(mysql::Connection& connection,
                                                               std::string_view id,
                                                               size_t code_length,
                                                               absl::CivilDay day);

// Adds what worked on a day for a division or a part of it, by its code.
absl::Status CountIn(mysql::Connection& connection, std::string_view division, absl::CivilDay day,
                     Tally& tally);

v1::OrganizationStatistics StatisticsOf(const std::string& scope, absl::CivilDay day,
                                        const Tally& tally);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ORGANIZATION_COUNTS_H_
