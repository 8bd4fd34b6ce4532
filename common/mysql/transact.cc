#include "common/mysql/transact.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/mysql/core.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/trace/span.h"

namespace qinglian::mysql {
namespace {

using Work = absl::FunctionRef<absl::Status(Connection&)>;
using Committed = absl::FunctionRef<absl::StatusOr<bool>(Connection&)>;

absl::Status Unavailable() { return status::Error(status::kDatabaseUnavailable); }

void Resolved(Session& session, std::string_view outcome) {
  if (session.observer() != nullptr) session.observer()->CommitResolved(outcome);
}

// A connection with a transaction begun. One that was lost unseen since its last use is replaced
// once: nothing was asked of it yet.
absl::StatusOr<Connection*> Begin(Session& session, absl::Time deadline) {
  absl::Status last;
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSIGN_OR_RETURN(Connection * connection, session.Acquire());
    last = connection->SetStatementTimeout(deadline);
    if (last.ok()) last = connection->Begin();
    if (last.ok()) return connection;
    if (!connection->broken()) break;
  }
  return last;
}

// Pauses before run `retry` (1, 2, …), longer each time; false when the deadline does not allow it.
bool Pause(Session& session, int retry, absl::Time deadline) {
  thread_local std::minstd_rand random(std::random_device{}());
  int64_t most = 10'000 * (int64_t{1} << std::min(retry, 6));
  absl::Duration pause =
      absl::Microseconds(std::uniform_int_distribution<int64_t>(1'000, most)(random));
  if (absl::Now() + pause >= deadline) return false;
  absl::SleepFor(pause);
  if (session.observer() != nullptr) session.observer()->Waited(pause);
  return true;
}

// What became of a COMMIT that got no answer.
absl::Status Resolve(Session& session, absl::Time deadline, Committed committed) {
  session.Reset();
  absl::StatusOr<bool> there = absl::UnknownError("");
  absl::StatusOr<Connection*> connection = Begin(session, deadline);
  if (connection.ok()) {
    there = committed(**connection);
    (*connection)->Rollback();
  }
  if (!there.ok()) {
    Resolved(session, "unknown");
    return status::Error(status::kOutcomeUnknown);
  }
  Resolved(session, *there ? "committed" : "absent");
  return *there ? absl::OkStatus() : Unavailable();
}

// One run. `conflict` tells that another may be worth it; `resolve` that only `committed` can say.
struct Run {
  absl::Status status;
  bool conflict = false;
  bool resolve = false;
};

Run RunOnce(Session& session, absl::Time deadline, Work work) {
  absl::StatusOr<Connection*> begun = Begin(session, deadline);
  if (!begun.ok()) return {begun.status()};
  Connection& connection = **begun;
  absl::Status status = work(connection);
  // The work may have handled an error that ended the transaction: then there is nothing to commit,
  // and what it did after that is no part of one.
  bool gone = connection.doomed() && !connection.broken();
  if (connection.broken()) {
    return {status.ok() || ErrorClassOf(status) == ErrorClass::kLost ? Unavailable() : status};
  }
  if (!status.ok() || gone) {
    connection.Rollback();
    return {status, gone || IsConflict(status)};
  }
  status = connection.Commit();
  if (status.ok() || IsConflict(status)) {
    if (!status.ok()) connection.Rollback();
    return {status, IsConflict(status)};
  }
  // Any other error of COMMIT leaves it open whether the server did it.
  return {status, false, true};
}

// As Transact; `retry` counts the runs beyond the first.
absl::Status RunUntilDone(Session& session, const TransactOptions& options, Work work,
                          Committed committed, int& retry) {
  for (;; ++retry) {
    Run run = RunOnce(session, options.deadline, work);
    if (run.resolve) return Resolve(session, options.deadline, committed);
    if (!run.conflict) return run.status;
    if (retry >= options.retries || !Pause(session, retry + 1, options.deadline)) {
      return IsConflict(run.status) ? run.status : status::Error(status::kConflict);
    }
    int number = ErrorNumber(run.status);
    if (session.observer() != nullptr) session.observer()->Retried(number == 0 ? 1213 : number);
  }
}

}  // namespace

absl::Status Transact(Session& session, const TransactOptions& options, Work work,
                      Committed committed) {
  trace::Span span = trace::Child(trace::Kind::kInternal, "transaction");
  const trace::Scope scope(span);
  int retries = 0;
  absl::Status status = RunUntilDone(session, options, work, committed, retries);
  span.Set(trace::Attribute::kRetries, retries);
  // What the work refuses is its answer, not a fault of the transaction.
  span.End(trace::IsServersFault(status.code()) ? status.code() : absl::StatusCode::kOk);
  return status;
}

absl::Status Transact(Session& session, const TransactOptions& options, Work work) {
  return Transact(session, options, work, [](Connection&) -> absl::StatusOr<bool> {
    return status::Error(status::kOutcomeUnknown);
  });
}

absl::Status Savepoint(Connection& connection, Work fn) {
  std::string name = absl::StrCat("qinglian_", ++connection.core_->savepoints);
  RETURN_IF_ERROR(connection.Run(absl::StrCat("SAVEPOINT ", name)));
  absl::Status result = fn(connection);
  // A transaction that ended took its savepoints along, whatever `fn` made of it.
  if (connection.broken()) return EndsTransaction(result) ? result : MakeError(2006, "lost");
  if (connection.doomed()) return EndsTransaction(result) ? result : MakeError(1213, "rolled back");
  absl::Status end = connection.Run(
      absl::StrCat(result.ok() ? "RELEASE SAVEPOINT " : "ROLLBACK TO SAVEPOINT ", name));
  if (!end.ok()) return end;
  if (!result.ok()) RETURN_IF_ERROR(connection.Run(absl::StrCat("RELEASE SAVEPOINT ", name)));
  --connection.core_->savepoints;
  return result;
}

}  // namespace qinglian::mysql
