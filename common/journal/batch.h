// Stretches of the journal, read once and sent to many.
#ifndef QINGLIAN_COMMON_JOURNAL_BATCH_H_
#define QINGLIAN_COMMON_JOURNAL_BATCH_H_

#include <cstdint>
#include <map>
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

// The positions (after, through]. Receipts are covered but have no entries.
struct Batch {
  struct Entry {
    uint64_t position;
    // One of `kinds`.
    std::string_view kind;
    std::string organization;
    // Empty where nobody asked for it.
    std::string resource;
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

// Which changes a watcher wants. A value.
class Filter {
 public:
  // What of it the watcher may see; what `scope` refers to outlives the filter. INVALID_ARGUMENT,
  // reason NAME_INVALID, where an organization is not a name.
  static absl::StatusOr<Filter> Of(const v1::WatchChangesRequest& request,
                                   const access::Scope& scope);

  bool everything() const {
    return kinds_.empty() && organizations_.empty() && hidden_kinds_.empty() && !checks();
  }
  bool HasKind(std::string_view kind) const;
  // Whether it depends on the single resource whether the watcher sees it: for any kind, or for
  // one.
  bool checks() const { return !checked_kinds_.empty(); }
  bool Checks(std::string_view kind) const {
    return checked_kinds_.find(kind) != checked_kinds_.end();
  }
  // Whether changes of this kind may have to be told otherwise than they stand; such are checked.
  bool Redacts(std::string_view kind) const {
    return redacted_kinds_.find(kind) != redacted_kinds_.end();
  }
  const access::Scope& scope() const { return scope_; }
  // The kinds among them whose readings are journalled.
  std::set<std::string> ProtectedKinds() const;
  // `organization` is 16 bytes, or empty for a resource that belongs to none.
  bool Has(std::string_view kind, std::string_view organization) const;
  // The same for an entry beyond `after`, where the resources in `seen` are those that the watcher
  // sees of the kinds that are checked.
  bool Wants(const Batch::Entry& entry, uint64_t after, const std::set<std::string>& seen) const;
  // 32 bytes; the same for the same filter however it was written.
  const std::string& hash() const { return hash_; }

 private:
  std::set<std::string, std::less<>> kinds_;
  // Of all kinds there are, those that the watcher may not see.
  std::set<std::string, std::less<>> hidden_kinds_;
  std::set<std::string, std::less<>> checked_kinds_;
  std::set<std::string, std::less<>> redacted_kinds_;
  std::set<std::string, std::less<>> organizations_;
  access::Scope scope_;
  std::string hash_;
};

// How journals are read.
struct Reading {
  // Positions at most.
  int limit = 500;
  // About what one batch may hold.
  size_t batch_bytes = 256 << 10;
  // Whether entries tell their resources: for filters that check.
  bool resources = false;
};

// The next positions after `after`, as batches that join. Empty at the end.
absl::StatusOr<std::vector<std::shared_ptr<const Batch>>> ReadBatches(mysql::Connection& connection,
                                                                      uint64_t after,
                                                                      const Reading& reading);

// The resources, by kind, about which a filter that checks wants to know.
using ResourcesByKind = std::map<std::string, std::set<std::string>, std::less<>>;

// Those of them that the watcher sees as they are now.
absl::StatusOr<std::set<std::string>> SeenBy(mysql::Connection& connection, const Filter& filter,
                                             const ResourcesByKind& resources);
// The same for the resources of a batch beyond `after`.
absl::StatusOr<std::set<std::string>> SeenBy(mysql::Connection& connection, const Filter& filter,
                                             const Batch& batch, uint64_t after);

// The entries beyond `after` that the filter wants, one behind the other; of the kinds that it
// checks, those whose resources are in `seen`. Those in `redacted` stand there as they are told
// instead, by their positions.
std::string FieldsOf(const Batch& batch, const Filter& filter, uint64_t after,
                     const std::set<std::string>& seen = {},
                     const std::map<uint64_t, std::string>& redacted = {});

// Appends a change as it stands in a WatchChangesResponse.
void AppendField(const v1::Change& change, std::string& to);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_BATCH_H_
