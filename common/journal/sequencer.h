// Gives the committed rows of the journal their places in one order.
//
// An auto-increment read while transactions commit loses rows, for ids are taken at the insert and
// seen at the commit. So one sequencer per service gives each committed row a dense position and
// the hash of the chain. Whoever holds the lease (a row, judged by the database's clock) is it; the
// same row is locked in every transaction that assigns positions, so one that was paused past its
// lease cannot do harm. The order is of each resource, and of causes before effects: nothing else.
#ifndef QINGLIAN_COMMON_JOURNAL_SEQUENCER_H_
#define QINGLIAN_COMMON_JOURNAL_SEQUENCER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/journal/signal.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"

namespace qinglian::journal {

// Where the chain stands.
struct Head {
  uint64_t position = 0;
  std::string hash;
  // Of the database: 16 bytes.
  std::string incarnation;
};

struct SequencerOptions {
  mysql::Options database;
  // Told of the session's troubles, for metrics; outlives this. May be null.
  mysql::Observer* observer = nullptr;
  // Names this process in the lease, for an operator to read; at most 60 characters. A random part
  // is added.
  std::string holder;
  // For how long a leader that died keeps others waiting.
  absl::Duration lease = absl::Seconds(1);
  // Rows of one transaction.
  int batch = 500;
  // Least time between the beginnings of two batches: fewer, larger transactions at little cost in
  // lag.
  absl::Duration interval = absl::Milliseconds(5);
  // How often to look for rows that were committed by other processes.
  absl::Duration poll = absl::Milliseconds(20);
  // Called after each batch, and when the lease was won or renewed, on the sequencer's thread. May
  // be empty.
  std::function<void(const Head&)> on_head = nullptr;
};

// Thread-safe. Its thread and its database session are its own.
class Sequencer {
 public:
  // What it knows of itself; written by its thread.
  struct State {
    std::atomic<bool> leader{false};
    std::atomic<uint64_t> head{0};
    // As of a second ago at most; 0 where this process does not lead.
    std::atomic<int64_t> pending{0};
    std::atomic<int64_t> lag_micros{0};
    std::atomic<uint64_t> batches{0};
    std::atomic<uint64_t> failures{0};
    std::atomic<uint64_t> epochs_won{0};
  };

  // Starts the thread. `journal` must outlive it.
  Sequencer(Journal& journal, SequencerOptions options);
  // As Stop.
  ~Sequencer();
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Ends the thread and gives the lease back, so that another takes over at once.
  void Stop();

  const State& state() const { return state_; }

 private:
  struct Pending;

  void Run();
  // One round as follower or leader; how long to wait for a signal after it.
  absl::StatusOr<absl::Duration> Round();
  absl::Status TryAcquire();
  // Sequences one batch; how many rows it had, or that the lease is lost (leader is false then).
  absl::StatusOr<size_t> Batch();
  absl::Status Assign(mysql::Connection& connection, const std::vector<Pending>& batch, Head& head);
  void Tell(Head head);
  absl::Status Renew();
  absl::Status Measure();
  void Release();
  void Lose();

  Journal& journal_;
  const SequencerOptions options_;
  const std::string holder_;
  mysql::Session session_;
  State state_;
  int64_t epoch_ = 0;
  Head head_;
  absl::Time renewed_ = absl::InfinitePast();
  absl::Time measured_ = absl::InfinitePast();
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_SEQUENCER_H_
