// What the generic store does not know of review rounds: the places of their groups, their panels,
// and how far their applications are.
#ifndef QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/review_round.pb.h"
#include "services/review/review_round_rules.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class ReviewRoundStore : public resource::Store<v1::ReviewRound> {
 public:
  // Makes the places of the round's groups, none of them taken.
  absl::Status CreatePlaces(journal::Transaction& tx, const v1::ReviewRound& round) const;
  // Makes the panel searchable.
  absl::Status CreatePanel(journal::Transaction& tx, const v1::ReviewRound& round) const;
  // Makes what a member of the panel declared searchable.
  absl::Status KeepConflicts(journal::Transaction& tx, std::string_view round,
                             std::string_view person,
                             const std::vector<std::string>& organizations) const;
  // Takes a place of the group; false where none is left.
  absl::StatusOr<bool> TakePlace(journal::Transaction& tx, std::string_view round,
                                 std::string_view quota_group) const;
  // Gives the place back that an application held before it ended.
  absl::Status ReturnPlace(journal::Transaction& tx, const v1::Application& before) const;
  // How many applications and objections of the round are where.
  absl::StatusOr<RoundCounts> CountsOf(mysql::Connection& connection, std::string_view round) const;
  // The names of at most `limit` rounds whose notice ended before `today`.
  absl::StatusOr<std::vector<std::string>> NoticesOver(mysql::Connection& connection,
                                                       absl::CivilDay today, int limit) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_REVIEW_ROUND_STORE_H_
