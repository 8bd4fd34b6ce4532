#include "common/mysql/lease.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"

namespace qinglian::mysql {
namespace {

constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS schema_lease("
    " name VARCHAR(40) NOT NULL PRIMARY KEY, holder VARCHAR(64) NOT NULL, epoch BIGINT NOT NULL,"
    " expires DATETIME(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
constexpr std::string_view kInsert =
    "INSERT INTO schema_lease VALUES('migrate','',0,'2000-01-01') ON DUPLICATE KEY UPDATE "
    "name=name";

std::string RandomHolder() {
  std::random_device device;
  return absl::StrCat(absl::Hex(device(), absl::kZeroPad8), absl::Hex(device(), absl::kZeroPad8));
}

}  // namespace

MigrationLease::MigrationLease(Connection& connection, absl::Duration lease)
    : connection_(connection), lease_(lease), holder_(RandomHolder()) {}

absl::StatusOr<std::unique_ptr<MigrationLease>> MigrationLease::Acquire(Connection& connection,
                                                                        absl::Duration lease,
                                                                        absl::Duration wait) {
  RETURN_IF_ERROR(connection.Run(kCreate));
  RETURN_IF_ERROR(connection.Run(kInsert));
  auto result = std::unique_ptr<MigrationLease>(new MigrationLease(connection, lease));
  absl::Time until = absl::Now() + wait;
  while (true) {
    ASSIGN_OR_RETURN(bool acquired, result->TryAcquire());
    if (acquired) break;
    if (absl::Now() >= until) {
      return absl::AbortedError(
          "Another migrator is at work on this schema; wait for it to end and run migrate again.");
    }
    absl::SleepFor(absl::Milliseconds(100));
  }
  result->keeper_ = std::thread([lease = result.get()] { lease->KeepAlive(); });
  return result;
}

absl::StatusOr<bool> MigrationLease::TryAcquire() {
  absl::StatusOr<int64_t> taken = connection_.Execute(
      "UPDATE schema_lease SET holder=?, epoch=epoch+1, expires=NOW(6)+INTERVAL ? MICROSECOND "
      "WHERE name='migrate' AND expires<NOW(6)",
      {holder_, absl::ToInt64Microseconds(lease_)});
  // The holder's statement may keep the row locked: that is the same answer.
  if (IsConflict(taken.status())) return false;
  if (!taken.ok()) return taken.status();
  if (*taken == 0) return false;
  ASSIGN_OR_RETURN(Rows rows, connection_.Query("SELECT epoch FROM schema_lease "
                                                "WHERE name='migrate' AND holder=?",
                                                {holder_}));
  if (!rows.Next()) return false;
  epoch_ = rows.Int(0);
  return true;
}

absl::Status MigrationLease::Fence() {
  ASSIGN_OR_RETURN(Rows rows,
                   connection_.Query("SELECT epoch FROM schema_lease WHERE name='migrate' AND "
                                     "holder=? AND epoch=? FOR UPDATE",
                                     {holder_, epoch_}));
  if (rows.Next()) return absl::OkStatus();
  return absl::AbortedError(
      "The lease on migrating this schema was lost to another migrator; let that one end, then run "
      "migrate again.");
}

void MigrationLease::KeepAlive() {
  Session session(connection_.options());
  std::unique_lock<std::mutex> lock(mutex_);
  auto pause = std::chrono::microseconds(absl::ToInt64Microseconds(lease_ / 3));
  while (!stop_changed_.wait_for(lock, pause, [this] { return stop_; })) {
    lock.unlock();
    // A renewal that fails is tried again; whether the lease still holds is for Fence to say.
    if (absl::StatusOr<Connection*> connection = session.Acquire(); connection.ok()) {
      (void)(*connection)
          ->Execute(
              "UPDATE schema_lease SET expires=NOW(6)+INTERVAL ? MICROSECOND WHERE name='migrate' "
              "AND holder=? AND epoch=?",
              {absl::ToInt64Microseconds(lease_), holder_, epoch_});
    }
    lock.lock();
  }
}

MigrationLease::~MigrationLease() {
  if (!keeper_.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stop_changed_.notify_all();
  keeper_.join();
  connection_.Rollback();
  // Where this fails the lease runs out by itself.
  (void)connection_.Execute(
      "UPDATE schema_lease SET expires='2000-01-01' WHERE name='migrate' AND holder=? AND epoch=?",
      {holder_, epoch_});
}

}  // namespace qinglian::mysql
