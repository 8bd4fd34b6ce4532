// What a snapshot of a service's feed is read from.
#ifndef QINGLIAN_COMMON_JOURNAL_SNAPSHOT_H_
#define QINGLIAN_COMMON_JOURNAL_SNAPSHOT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// Some resources as they are, in the order of their ids, deleted ones too: their followers must
// hear of it.
struct SnapshotPage {
  // OPERATION_SNAPSHOT, without position.
  std::vector<v1::Change> changes;
  // The id of the last one, as bytes; what to ask for next. Empty at the end.
  std::string last_id;
};

// One type of resource of the service. Thread-safe.
struct SnapshotSource {
  // The full name of the message type.
  std::string kind;
  // At most `limit` resources after an id; the first page comes after the empty one.
  std::function<absl::StatusOr<SnapshotPage>(mysql::Connection&, std::string_view after_id,
                                             int limit)>
      read;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_SNAPSHOT_H_
