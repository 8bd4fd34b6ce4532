// Stretches of the journal, read once and sent to many.
#ifndef QINGLIAN_COMMON_JOURNAL_BATCH_H_
#define QINGLIAN_COMMON_JOURNAL_BATCH_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/access/principal.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// Which changes a watcher wants. A value.
class Filter {
 public:
  // What of it the watcher may see: INVALID_ARGUMENT, reason NAME_INVALID, where an organization is
  // not a name; PERMISSION_DENIED where he may not watch the whole installation.
  static absl::StatusOr<Filter> Of(const v1::WatchChangesRequest& request,
                                   const access::Scope& scope);

  bool everything() const {
    return kinds_.empty() && organizations_.empty() && hidden_kinds_.empty();
  }
  bool HasKind(std::string_view kind) const;
  // `organization` is 16 bytes, or empty for a resource that belongs to none.
  bool Has(std::string_view kind, std::string_view organization) const;
  // 32 bytes; the same for the same filter however it was written.
  const std::string& hash() const { return hash_; }

 private:
  std::set<std::string, std::less<>> kinds_;
  // Of all kinds there are, those that the watcher may not see.
  std::set<std::string, std::less<>> hidden_kinds_;
  std::set<std::string, std::less<>> organizations_;
  std::string hash_;
};

// The positions (after, through]. Receipts are covered but have no entries.
struct Batch {
  struct Entry {
    uint64_t position;
    // One of `kinds`.
    std::string_view kind;
    std::string organization;
    // Where the change ends in `fields`; it begins where the one before ends.
    size_t end;
  };
  Batch() = default;
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  uint64_t after = 0;
  uint64_t through = 0;
  std::set<std::string, std::less<>> kinds;
  std::vector<Entry> entries;
  // The changes as they stand in a WatchChangesResponse, tags and lengths included, one behind the
  // other.
  std::string fields;
};

// The next positions after `after`, at most `limit`, as batches that join and hold at most about
// `batch_bytes` each. Empty at the end.
absl::StatusOr<std::vector<std::shared_ptr<const Batch>>> ReadBatches(mysql::Connection& connection,
                                                                      uint64_t after, int limit,
                                                                      size_t batch_bytes);

// The entries beyond `after` that the filter wants, one behind the other.
std::string FieldsOf(const Batch& batch, const Filter& filter, uint64_t after);

// Appends a change as it stands in a WatchChangesResponse.
void AppendField(const v1::Change& change, std::string& to);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_BATCH_H_
