// The change feed of a service: WatchChanges.
//
// One thread reads what the sequencer ordered and gives it to all watchers who are up to date, as
// bytes they share. Who lags (a new watcher, one that resumes, one that reads more slowly than
// changes arrive) is served from the database by a few other threads, as fast as he takes it, until
// he has caught up. Batches join without gaps; each carries a token to resume after it.
#ifndef QINGLIAN_COMMON_JOURNAL_FEED_H_
#define QINGLIAN_COMMON_JOURNAL_FEED_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/journal/batch.h"
#include "common/journal/resume_token.h"
#include "common/journal/sequencer.h"
#include "common/journal/snapshot.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"
#include "common/rpc/push.h"
#include "common/rpc/service.h"
#include "grpcpp/support/slice.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

struct FeedOptions {
  mysql::Options database;
  // Told of the sessions' troubles, for metrics; outlives this. May be null.
  mysql::Observer* observer = nullptr;
  // As of LoadKey.
  std::string key;
  // What a snapshot consists of, in the order it is sent: what others refer to first.
  std::vector<SnapshotSource> sources = {};
  // A watcher hears at least so often, if only that nothing happened.
  absl::Duration heartbeat = absl::Seconds(5);
  // How often to look for what sequencers of other processes ordered.
  absl::Duration poll = absl::Milliseconds(20);
  // A watcher who takes nothing for so long is cut.
  absl::Duration slow = absl::Seconds(30);
  // What the latest batches may hold in memory, for watchers to join.
  size_t ring_bytes = 16 << 20;
  // Rows of one read, and bytes of one message.
  int page = 500;
  size_t batch_bytes = 256 << 10;
  // Threads that serve who lags, each with a database session.
  int lagging_threads = 2;
};

// Thread-safe. One for each Journal of a process.
class Feed {
 public:
  using Stream = rpc::PushStream<v1::WatchChangesResponse>;

  struct State {
    std::atomic<int64_t> watchers{0};
    std::atomic<int64_t> lagging{0};
    std::atomic<uint64_t> head{0};
    std::atomic<uint64_t> batches_sent{0};
    std::atomic<uint64_t> heartbeats{0};
    std::atomic<uint64_t> slow_cut{0};
    std::atomic<uint64_t> failures{0};
  };

  // Starts the threads. `journal` must outlive the feed.
  Feed(Journal& journal, FeedOptions options);
  // As Stop.
  ~Feed();
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // Serves a stream from now on; what cannot be served ends it with the errors of
  // WatchChangesResponse. Returns without waiting for the database: INVALID_ARGUMENT
  // (RESUME_TOKEN_INVALID, NAME_INVALID) or UNAVAILABLE (DRAINING) at once, the rest later. Left
  // out are the changes of resources that are hidden from the subscriber as they are now. That he
  // begins to follow protected kinds is journalled first: UNAVAILABLE (READING_NOT_RECORDED).
  absl::Status Watch(std::shared_ptr<Stream> stream, rpc::Subscriber subscriber,
                     const v1::WatchChangesRequest& request);

  // Ends all streams with UNAVAILABLE, reason DRAINING, and the threads.
  void Stop();

  const State& state() const { return state_; }

 private:
  struct Watcher;
  class Queue;
  // Fields that a filter wants of the batch being given out, by the filter's hash.
  using Shared = std::map<std::string, grpc::Slice>;

  // The thread of those who are up to date.
  void Tail();
  absl::Status Advance();
  absl::Status ReadHead(mysql::Connection& connection, Head& head);
  void Restart(const Head& head);
  void Publish(std::vector<std::shared_ptr<const Batch>> batches);
  void Beat();

  // The threads of those who lag.
  void ServeLagging();
  absl::Status Serve(const std::shared_ptr<Watcher>& watcher, mysql::Session& session);
  absl::Status Step(Watcher& watcher, mysql::Connection& connection);
  absl::Status Begin(Watcher& watcher, mysql::Connection& connection);
  absl::Status ReadSnapshot(Watcher& watcher, mysql::Connection& connection);
  absl::Status SendSnapshot(Watcher& watcher, mysql::Connection& connection);
  absl::Status CatchUp(const std::shared_ptr<Watcher>& watcher, mysql::Connection& connection);
  // The same for one whose filter checks single resources: he is never handed to the tail, which
  // must not wait for the database on behalf of one.
  absl::Status CatchUpChecked(const std::shared_ptr<Watcher>& watcher,
                              mysql::Connection& connection);
  // Gives a watcher the rest from the ring and hands him to the tail. Too far behind: the ring does
  // not reach back to him. Blocked: he does not take it.
  enum class Joining { kJoined, kTooFarBehind, kBlocked };
  Joining Join(const std::shared_ptr<Watcher>& watcher);

  bool HeartbeatDue(const Watcher& watcher) const;
  void Heartbeat(Watcher& watcher);
  // Each is called by whoever serves the watcher at the moment.
  bool Deliver(Watcher& watcher, const std::shared_ptr<const Batch>& batch, Shared* shared);
  bool DeliverFields(Watcher& watcher, const Batch& batch, const grpc::Slice& fields);
  bool Send(Watcher& watcher, v1::WatchChangesResponse header, const grpc::Slice* fields);
  std::string Token(const Watcher& watcher, uint64_t position) const;

  Journal& journal_;
  const FeedOptions options_;
  const TokenSealer sealer_;
  State state_;
  const std::shared_ptr<Queue> queue_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::shared_ptr<Watcher>> watchers_;
  std::deque<std::shared_ptr<const Batch>> ring_;
  size_t ring_bytes_ = 0;
  // Everything up to here was published; the ring covers (its first batch's after, last_].
  uint64_t last_ = 0;
  std::string incarnation_;

  mysql::Session tail_session_;
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_FEED_H_
