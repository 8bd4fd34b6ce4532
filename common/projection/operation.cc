// What operators do to a follower: see it, retry, skip, rebuild.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock/date.h"
#include "common/mysql/transact.h"
#include "common/projection/faults.h"
#include "common/projection/follower.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "google/protobuf/util/time_util.h"

namespace qinglian::projection {

using journal::v1::FeedStatus;
using journal::v1::QuarantinedChange;
using journal::v1::RetryQuarantinedChangesResponse;

absl::StatusOr<FeedStatus> Follower::Status(mysql::Connection& connection) const {
  FeedStatus status;
  status.set_feed(feed());
  status.set_state(state_.standby     ? FeedStatus::STATE_STANDBY
                   : state_.snapshot  ? FeedStatus::STATE_SNAPSHOT
                   : state_.connected ? FeedStatus::STATE_FOLLOWING
                                      : FeedStatus::STATE_CONNECTING);
  {
    std::lock_guard lock(mutex_);
    status.set_error(error_);
  }
  RETURN_IF_ERROR(ledger_.Create(connection));
  ASSIGN_OR_RETURN(const Progress progress, ledger_.Read(connection, false));
  ASSIGN_OR_RETURN(const int64_t held, ledger_.CountHeld(connection));
  status.set_position(progress.position);
  status.set_quarantined_count(held);
  status.set_ready(progress.complete_generation != 0);
  status.set_snapshot_count(progress.generation);
  *status.mutable_update_time() = clock::ToTimestamp(progress.update_time);
  if (progress.as_of.has_value()) {
    const absl::Duration lag =
        std::max(journal_.system_clock().Now() - *progress.as_of, absl::ZeroDuration());
    *status.mutable_lag() =
        google::protobuf::util::TimeUtil::MicrosecondsToDuration(absl::ToInt64Microseconds(lag));
  }
  return status;
}

// One change in a transaction; false where none waits.
absl::StatusOr<bool> Follower::RetryFirst(mysql::Session& session, std::string_view resource,
                                          std::string_view actor, absl::Time deadline,
                                          std::optional<Change>& tried) {
  RETURN_IF_ERROR(mysql::Transact(
      session, {.deadline = deadline}, [&](mysql::Connection& connection) -> absl::Status {
        tried.reset();
        ASSIGN_OR_RETURN(Progress progress, ledger_.Read(connection, true));
        ASSIGN_OR_RETURN(tried, ledger_.FirstHeld(connection, resource));
        if (!tried.has_value()) return absl::OkStatus();
        // Where the feed stands has nothing to do with what waited.
        progress.position = 0;
        RETURN_IF_ERROR(Apply(connection, {&*tried}, {}, progress));
        RETURN_IF_ERROR(RunEffects(connection, *tried, projection_.Effects(*tried)));
        return ledger_.Release(connection, resource, tried->version(),
                               QuarantinedChange::STATE_APPLIED, "", actor);
      }));
  if (tried.has_value()) journal_.Wake();
  return tried.has_value();
}

absl::StatusOr<RetryQuarantinedChangesResponse> Follower::Retry(mysql::Session& session,
                                                                std::string_view resource,
                                                                std::string_view actor,
                                                                absl::Time deadline) {
  RetryQuarantinedChangesResponse response;
  std::optional<Change> tried;
  absl::Status failed;
  while (true) {
    const absl::StatusOr<bool> applied = RetryFirst(session, resource, actor, deadline, tried);
    failed = applied.status();
    if (!failed.ok() || !*applied) break;
    response.set_applied_count(response.applied_count() + 1);
  }
  // An error of the moment is the caller's; so is one that came before anything was tried.
  if (!failed.ok() && (Passes(failed) || !tried.has_value())) return failed;
  RETURN_IF_ERROR(mysql::Transact(
      session, {.deadline = deadline}, [&](mysql::Connection& connection) -> absl::Status {
        if (failed.ok()) return CountQuarantined(connection);
        RETURN_IF_ERROR(ledger_.NoteFailure(connection, resource, tried->version(),
                                            DescribeError(failed), actor));
        ASSIGN_OR_RETURN(*response.mutable_failed(),
                         ledger_.Get(connection, resource, tried->version()));
        return CountQuarantined(connection);
      }));
  if (response.applied_count() == 0 && !response.has_failed()) {
    return status::NotFound("qinglian/QuarantinedChange", resource);
  }
  return response;
}

absl::StatusOr<QuarantinedChange> Follower::Skip(journal::Transaction& tx,
                                                 std::string_view resource, int64_t version,
                                                 const std::string& reason) {
  mysql::Connection& connection = tx.connection();
  RETURN_IF_ERROR(ledger_.Read(connection, true).status());
  ASSIGN_OR_RETURN(QuarantinedChange change, ledger_.Get(connection, resource, version));
  if (change.state() != QuarantinedChange::STATE_QUARANTINED) {
    return status::NotFound("qinglian/QuarantinedChange", resource);
  }
  RETURN_IF_ERROR(ledger_.Release(connection, resource, version, QuarantinedChange::STATE_SKIPPED,
                                  reason, tx.facts().actor));
  ASSIGN_OR_RETURN(change, ledger_.Get(connection, resource, version));
  tx.set_reason(reason);
  tx.Record({.resource = absl::StrCat("quarantinedChanges/", feed(), "/", change.resource(), "/",
                                      change.version()),
             .version = 1,
             .kind = QuarantinedChange::descriptor()->full_name(),
             .operation = Change::OPERATION_UPDATED,
             .organization = "",
             .after = change.SerializeAsString(),
             .changed_fields = {"state", "reason", "actor", "update_time"},
             .reason = {}});
  RETURN_IF_ERROR(CountQuarantined(connection));
  return change;
}

absl::Status Follower::Forget(mysql::Connection& connection) {
  RETURN_IF_ERROR(ledger_.Create(connection));
  ASSIGN_OR_RETURN(Progress progress, ledger_.Read(connection, true));
  progress.token.clear();
  // Ends the turn of whoever follows: he begins again, with the snapshot.
  ++progress.epoch;
  return ledger_.Save(connection, progress);
}

}  // namespace qinglian::projection
