// Follows the feed of another service and keeps a projection of it.
//
// A transaction holds both what changes say and how far that is, so that a follower that is killed
// anywhere goes on where it was. Changes come in runs: those without effects together, each with
// effects alone. What cannot be applied is put into quarantine after some tries, and later changes
// of the same resource wait behind it; all others go on.
//
// Where the service has several replicas, one follows and the others stand by: the youngest takes
// over when it starts, and whoever stands by does when the one who follows has fallen silent. Each
// transaction locks the row of the feed and finds out whether it is still its turn.
#ifndef QINGLIAN_COMMON_PROJECTION_FOLLOWER_H_
#define QINGLIAN_COMMON_PROJECTION_FOLLOWER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"
#include "common/projection/ledger.h"
#include "common/projection/projection.h"
#include "common/rpc/channel.h"
#include "qinglian/journal/v1/feed.pb.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::projection {

struct FollowerOptions {
  // Where the followed service is called, as rpc::Connect takes it.
  std::string address;
  // The mark of the hop to it, and its name; null on one machine.
  std::shared_ptr<const rpc::Hop> hop = nullptr;
  std::string peer;
  // What it proves who it is with.
  std::shared_ptr<const access::IdentityKeys> identity_keys;
  // Of the service that follows.
  mysql::Options database;
  // Told of the session's troubles, for metrics; outlives this. May be null.
  mysql::Observer* observer = nullptr;
  // How often a change is tried before it is put into quarantine.
  int tries = 5;
  // The pause after a failure: twice as long after each, up to the longest, less a random part.
  absl::Duration first_pause = absl::Milliseconds(100);
  absl::Duration longest_pause = absl::Seconds(5);
  // How long who follows may be silent before another replica takes over: longer than the longest
  // pause and than the interval of heartbeats.
  absl::Duration silence = absl::Seconds(20);
  // How often who stands by looks.
  absl::Duration standby_poll = absl::Seconds(1);
};

// Thread-safe. Its thread and its database session are its own.
class Follower {
 public:
  // What it knows of itself; written by its thread and by operators' calls.
  struct State {
    std::atomic<bool> connected{false};
    std::atomic<bool> snapshot{false};
    std::atomic<bool> standby{false};
    // A snapshot has been completed, now or in the past.
    std::atomic<bool> ready{false};
    std::atomic<uint64_t> position{0};
    std::atomic<int64_t> quarantined{0};
    // Up to here all is known, as Unix time of the followed service; 0 before the first contact.
    std::atomic<int64_t> as_of_micros{0};
    std::atomic<uint64_t> changes{0};
    std::atomic<uint64_t> effects{0};
    std::atomic<uint64_t> snapshots{0};
    std::atomic<uint64_t> failures{0};
    std::atomic<uint64_t> reconnects{0};
  };

  // Journal and projection outlive it.
  Follower(journal::Journal& journal, Projection& projection, FollowerOptions options);
  // As Stop.
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // Starts the thread; once. `on_ready` may be empty; it is called once, on that thread, when
  // `ready` turns true.
  void Start(std::function<void()> on_ready = nullptr);
  // Ends the thread after the transaction that is running.
  void Stop();

  const std::string& feed() const { return ledger_.feed(); }
  const State& state() const { return state_; }
  // How old what is known may be; nothing before the first contact.
  std::optional<absl::Duration> Lag() const;

  // The rest is for operators, on their threads and sessions.

  // As of the tables, and of this process.
  absl::StatusOr<journal::v1::FeedStatus> Status(mysql::Connection& connection) const;
  // Tries the changes of a resource that wait, in order, each in a transaction of its own, up to
  // the first that fails. NOT_FOUND where none waits.
  absl::StatusOr<journal::v1::RetryQuarantinedChangesResponse> Retry(mysql::Session& session,
                                                                     std::string_view resource,
                                                                     std::string_view actor,
                                                                     absl::Time deadline);
  // Gives a change that waits up and journals it. NOT_FOUND where it does not wait.
  absl::StatusOr<journal::v1::QuarantinedChange> Skip(journal::Transaction& tx,
                                                      std::string_view resource, int64_t version,
                                                      const std::string& reason);
  // Forgets how far the feed is, so that a snapshot is taken; Reconnect makes it begin at once.
  absl::Status Forget(mysql::Connection& connection);
  void Reconnect();

 private:
  using Change = journal::v1::Change;
  using Batch = journal::v1::WatchChangesResponse;
  using Stream = rpc::ServerStreamClient<journal::v1::WatchChangesRequest, Batch>;

  // Changes that are dealt with in one transaction, and what it keeps of the batch they end.
  struct Piece {
    std::vector<const Change*> changes;
    // Of the only change.
    std::vector<Effect> effects;
    // Empty to leave the token as it is.
    std::string token;
    std::optional<uint64_t> through;
    std::optional<absl::Time> as_of;
    bool completes_snapshot = false;
  };

  void Run();
  // Follows until something ends it: OK for the end of the stream, of the turn or of the thread.
  absl::Status FollowOnce();
  // Whether it is this process's turn, which then has a new epoch where it had none.
  absl::StatusOr<bool> TakeTurn();
  void NoteConnected();
  absl::Status BeginSnapshot();
  absl::Status ReadStream();
  void ShowProgress(const Progress& progress);

  absl::Status DealWith(const Batch& batch);
  std::vector<Piece> Split(const Batch& batch);
  absl::Status DealWith(const Piece& piece);
  // Once, in a span of its own.
  absl::Status TryPiece(const Piece& piece);
  absl::Status ApplyPiece(const Piece& piece);
  absl::Status Quarantine(const Piece& piece, const absl::Status& error, int tries);
  absl::Status SweepVanished();

  // Runs `work` in a transaction that has locked the row of the feed, and keeps the progress it
  // leaves. Does nothing where the turn is another's: then `turn_` ends.
  absl::Status InTurn(absl::FunctionRef<absl::Status(mysql::Connection&, Progress&)> work);
  // Applies what is new in the changes, notes what is held.
  absl::Status Apply(mysql::Connection& connection, const std::vector<const Change*>& changes,
                     const absl::flat_hash_set<std::string>& held, Progress& progress);
  absl::Status RunEffects(mysql::Connection& connection, const Change& change,
                          const std::vector<Effect>& effects);
  absl::StatusOr<bool> RetryFirst(mysql::Session& session, std::string_view resource,
                                  std::string_view actor, absl::Time deadline,
                                  std::optional<Change>& tried);
  absl::Status CountQuarantined(mysql::Connection& connection);

  // Pauses after failure number `failures` (1, 2, …); false when the thread is to end.
  bool Pause(int failures);
  bool Wait(absl::Duration duration);
  void NoteError(const absl::Status& status);

  journal::Journal& journal_;
  Projection& projection_;
  const FollowerOptions options_;
  const Ledger ledger_;
  const std::string holder_;
  mysql::Session session_;
  State state_;

  // Of the thread.
  std::function<void()> on_ready_;
  bool took_turn_ = false;
  bool turn_ = false;
  int64_t epoch_ = 0;
  int64_t generation_ = 0;
  std::string token_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  bool stop_ = false;
  bool reconnect_ = false;
  Stream* stream_ = nullptr;
  std::string error_;

  std::thread thread_;
};

}  // namespace qinglian::projection

#endif  // QINGLIAN_COMMON_PROJECTION_FOLLOWER_H_
