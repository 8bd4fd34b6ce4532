// The tables in which a service keeps how far it has come with a feed. Private to this folder.
//
// All functions are thread-safe and work in the open transaction of the connection, after
// LockProgress unless they say otherwise.
#ifndef QINGLIAN_COMMON_PROJECTION_LEDGER_H_
#define QINGLIAN_COMMON_PROJECTION_LEDGER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/feed.pb.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::projection {

// The row of a feed.
struct Progress {
  // Empty where a snapshot is to be taken.
  std::string token;
  uint64_t position = 0;
  // The snapshot under way or finished last.
  int64_t generation = 0;
  // The snapshot finished last, 0 for none.
  int64_t complete_generation = 0;
  std::string holder;
  int64_t epoch = 0;
  // As of this time of the followed service all is known.
  std::optional<absl::Time> as_of;
  absl::Time update_time;
  // For how long the row has not been written, by the database's clock.
  absl::Duration silent;
};

// What is known of a resource.
struct Known {
  int64_t version = 0;
  int64_t generation = 0;
  std::string kind;
  // Whether it has to be written back.
  bool changed = false;
};
using KnownResources = absl::flat_hash_map<std::string, Known>;

class Ledger {
 public:
  explicit Ledger(std::string feed) : feed_(std::move(feed)) {}

  const std::string& feed() const { return feed_; }

  // Makes the row where there is none. No lock needed before.
  absl::Status Create(mysql::Connection& connection) const;
  // Reads the row; with `lock` until the transaction ends, against everybody who writes here.
  absl::StatusOr<Progress> Read(mysql::Connection& connection, bool lock) const;
  absl::Status Save(mysql::Connection& connection, const Progress& progress) const;

  // What is known of the resources of these changes; nothing for new ones.
  absl::StatusOr<KnownResources> ReadKnown(
      mysql::Connection& connection, const std::vector<const journal::v1::Change*>& changes) const;
  // Writes those that changed.
  absl::Status SaveKnown(mysql::Connection& connection, const KnownResources& known) const;

  // At most `limit` resources that no snapshot since `generation` has told of: kind and name.
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> Vanished(
      mysql::Connection& connection, int64_t generation, int limit) const;
  absl::Status MarkVanished(mysql::Connection& connection, std::string_view resource) const;

  // The resources of which changes wait in quarantine. No lock needed before.
  absl::StatusOr<absl::flat_hash_set<std::string>> Held(mysql::Connection& connection) const;
  // How many changes wait. No lock needed before.
  absl::StatusOr<int64_t> CountHeld(mysql::Connection& connection) const;
  // Puts a change into quarantine, unless it was given up there before; the resource counts as told
  // of by the snapshot `generation`.
  absl::Status Hold(mysql::Connection& connection, const journal::v1::Change& change,
                    int64_t generation, std::string_view error, int tries) const;
  // The first change of a resource that waits; nothing where none does.
  absl::StatusOr<std::optional<journal::v1::Change>> FirstHeld(mysql::Connection& connection,
                                                               std::string_view resource) const;
  // Notes that a change in quarantine was tried once more, and why it failed.
  absl::Status NoteFailure(mysql::Connection& connection, std::string_view resource,
                           int64_t version, std::string_view error, std::string_view actor) const;
  // Ends the waiting of a change; its image is let go.
  absl::Status Release(mysql::Connection& connection, std::string_view resource, int64_t version,
                       journal::v1::QuarantinedChange::State state, std::string_view reason,
                       std::string_view actor) const;
  // A snapshot tells everything anew: ends the waiting of all.
  absl::Status SupersedeHeld(mysql::Connection& connection) const;
  // One change in quarantine, whatever became of it. NOT_FOUND.
  absl::StatusOr<journal::v1::QuarantinedChange> Get(mysql::Connection& connection,
                                                     std::string_view resource,
                                                     int64_t version) const;

 private:
  const std::string feed_;
};

// At most `limit` changes in quarantine in one state, after a place in the order of feed, resource
// and version; of one feed and one resource where these are not empty.
struct QuarantineQuestion {
  std::string feed;
  std::string resource;
  journal::v1::QuarantinedChange::State state = journal::v1::QuarantinedChange::STATE_QUARANTINED;
  std::string after_feed;
  std::string after_resource;
  int64_t after_version = 0;
  int limit = 50;
};
absl::StatusOr<std::vector<journal::v1::QuarantinedChange>> ListQuarantine(
    mysql::Connection& connection, const QuarantineQuestion& question);

}  // namespace qinglian::projection

#endif  // QINGLIAN_COMMON_PROJECTION_LEDGER_H_
