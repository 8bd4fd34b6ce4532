// What a service keeps of another service's data, in its own schema, and what it does because of
// it.
#ifndef QINGLIAN_COMMON_PROJECTION_PROJECTION_H_
#define QINGLIAN_COMMON_PROJECTION_PROJECTION_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::projection {

// What a change in another service causes here: an ordinary write, done once however often the
// change is told.
struct Effect {
  // What is done, stable for ever, such as `supervision/case-confirmed`.
  std::string name;
  // What it is done for, such as the name of the confirmed case: the same cause gives the same key,
  // two causes never. A snapshot tells what is, not what happened, so a key that holds a version
  // lets the effect happen again after a snapshot.
  std::string key;
  // Does it, inside the transaction that also keeps the projection's progress; may run several
  // times, of which one is committed. An error holds the change back as one of Apply does.
  std::function<absl::Status(journal::Transaction&)> run;
};

// One feed that a service follows. Thread-safe and without state: what it knows is in its tables.
//
// The frame (follower.h) calls Apply for each resource with rising versions, and leaves out what is
// not newer than what was applied; where a new snapshot is taken, each resource is told again,
// whatever its version. So Apply is an upsert and looks at no versions.
class Projection {
 public:
  virtual ~Projection() = default;

  // The service followed, such as `organization`. One projection a feed.
  virtual std::string feed() const = 0;

  // Full names of the resource types wanted, such as `qinglian.organization.v1.Post`; never empty.
  // With another list than before, the next start takes a new snapshot.
  virtual std::vector<std::string> kinds() const = 0;

  // Writes into the projection's tables what `change.after()` says, in the open transaction of
  // `connection`. Errors but UNAVAILABLE, DEADLINE_EXCEEDED and ABORTED, which are tried again for
  // ever, put the change into quarantine after some tries.
  virtual absl::Status Apply(mysql::Connection& connection, const journal::v1::Change& change) = 0;

  // The resource is not in the other service any more, not even as deleted: its database was
  // restored to a time before it. May come again.
  virtual absl::Status Remove(mysql::Connection& connection, std::string_view kind,
                              std::string_view resource) = 0;

  // What the change causes here, snapshots too; computed from the change alone. Effects run after
  // Apply, in a transaction of the change's own, where the tables may know more than this change.
  virtual std::vector<Effect> Effects(const journal::v1::Change& change) { return {}; }
};

}  // namespace qinglian::projection

#endif  // QINGLIAN_COMMON_PROJECTION_PROJECTION_H_
