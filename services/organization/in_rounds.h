// What the clock does in steps that are transactions of their own.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_IN_ROUNDS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_IN_ROUNDS_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"

namespace qinglian::organization {

// Runs `step`, which answers how much it did, until there is nothing left, or twenty times: what a
// large import leaves is dealt with in many passes, and other tasks have their turn between.
inline absl::Status InRounds(mysql::Session& session,
                             absl::FunctionRef<absl::StatusOr<int64_t>(mysql::Session&)> step) {
  for (int round = 0; round < 20; ++round) {
    const absl::StatusOr<int64_t> done = step(session);
    if (!done.ok()) return done.status();
    if (*done == 0) break;
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_IN_ROUNDS_H_
