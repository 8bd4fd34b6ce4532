// Transactions, and what becomes of them when the database or the network fails.
#ifndef QINGLIAN_COMMON_MYSQL_TRANSACT_H_
#define QINGLIAN_COMMON_MYSQL_TRANSACT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mysql/mysql.h"

namespace qinglian::mysql {

struct TransactOptions {
  // Statements are cut and retries end here.
  absl::Time deadline = absl::InfiniteFuture();
  // Runs beyond the first, after a deadlock, a lock timeout or a changed row.
  int retries = 3;
};

// Runs `work` in a transaction and commits it. `work` may run several times: it must not keep
// anything from a run that failed, and must never end the transaction itself.
//
// OK: committed. An error of `work`: rolled back, and returned as it is. ABORTED (CONFLICT): it
// kept colliding with others. DEADLINE_EXCEEDED: no time left, rolled back. UNAVAILABLE: certainly
// not committed, unless IsOutcomeUnknown (reason OUTCOME_UNKNOWN): then nobody knows.
//
// When the connection is lost at COMMIT, `committed` decides, on a fresh connection in a
// transaction of its own: it must look for a row of this very transaction by a *locking* read (FOR
// UPDATE), for a plain one misses a commit that is still in flight. It answers true when the row is
// there.
absl::Status Transact(Session& session, const TransactOptions& options,
                      absl::FunctionRef<absl::Status(Connection&)> work,
                      absl::FunctionRef<absl::StatusOr<bool>(Connection&)> committed);

// For work that may simply be done again (a sequencer's batch, a projection's step, a migration): a
// COMMIT whose outcome is not known is UNAVAILABLE with OUTCOME_UNKNOWN.
absl::Status Transact(Session& session, const TransactOptions& options,
                      absl::FunctionRef<absl::Status(Connection&)> work);

// Runs `fn` under a savepoint inside a transaction, and on error undoes what it did and returns
// that error. When EndsTransaction(result) there is no transaction left to go on with: return it.
// Savepoints may nest.
absl::Status Savepoint(Connection& connection, absl::FunctionRef<absl::Status(Connection&)> fn);

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_TRANSACT_H_
