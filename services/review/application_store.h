// What the generic store does not know of applications: who is where in a round.
#ifndef QINGLIAN_SERVICES_REVIEW_APPLICATION_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_APPLICATION_STORE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/application.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class ApplicationStore : public resource::Store<v1::Application> {
 public:
  // The applications of the round in one of `states` (a set made by lifecycle::OneOf), locked in
  // the order of their names. The round is locked before.
  absl::StatusOr<std::vector<v1::Application>> LockInRound(journal::Transaction& tx,
                                                           std::string_view round,
                                                           uint32_t states) const;
  // The name of the unit's application in the round that was neither withdrawn nor deleted; empty
  // for none.
  absl::StatusOr<std::string> StandingOf(mysql::Connection& connection, std::string_view round,
                                         std::string_view organization) const;
  // The names of the units' running applications, in all rounds.
  absl::StatusOr<std::vector<std::string>> RunningOf(mysql::Connection& connection,
                                                     const std::vector<std::string>& units) const;
  // The names of at most `limit` applications whose supplement was due before `today`.
  absl::StatusOr<std::vector<std::string>> SupplementsMissed(mysql::Connection& connection,
                                                             absl::CivilDay today, int limit) const;
  // Whether one with a better place of the same group still waits to be short-listed or passed
  // over.
  absl::StatusOr<bool> BetterOneWaits(mysql::Connection& connection,
                                      const v1::Application& application) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_APPLICATION_STORE_H_
