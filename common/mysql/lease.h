// The lease of whoever migrates a schema. Private to this folder.
#ifndef QINGLIAN_COMMON_MYSQL_LEASE_H_
#define QINGLIAN_COMMON_MYSQL_LEASE_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"

namespace qinglian::mysql {

// A row that says who migrates, until when by the database's clock, and in which epoch. GET_LOCK
// would not do: it is known to one node of a cluster only. A thread with a connection of its own
// renews it, for a single statement may take hours.
class MigrationLease {
 public:
  // Waits for at most `wait`; ABORTED when another still holds it then. `connection` must outlive
  // it.
  static absl::StatusOr<std::unique_ptr<MigrationLease>> Acquire(Connection& connection,
                                                                 absl::Duration lease,
                                                                 absl::Duration wait);
  // Gives the lease back.
  ~MigrationLease();

  // Inside a transaction: locks the row, so that nobody can take it over before that transaction
  // ends. ABORTED when somebody already has.
  absl::Status Fence();

 private:
  MigrationLease(Connection& connection, absl::Duration lease);
  absl::StatusOr<bool> TryAcquire();
  void KeepAlive();

  Connection& connection_;
  const absl::Duration lease_;
  const std::string holder_;
  int64_t epoch_ = 0;
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stop_ = false;
  std::thread keeper_;
};

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_LEASE_H_
