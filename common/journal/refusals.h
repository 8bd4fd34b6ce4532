// Attempts that were refused, in the journal: summed for each caller, method and minute, so that
// whoever tries a thousand doors cannot fill it.
#ifndef QINGLIAN_COMMON_JOURNAL_REFUSALS_H_
#define QINGLIAN_COMMON_JOURNAL_REFUSALS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/journal/write.h"
#include "common/mysql/mysql.h"
#include "common/rpc/pipeline.h"

namespace qinglian::journal {

// How often Flush is to be called.
inline constexpr absl::Duration kRefusalsInterval = absl::Minutes(1);

// Thread-safe.
class Refusals final : public rpc::RefusalObserver {
 public:
  // `journal` must outlive it.
  explicit Refusals(Journal& journal) : journal_(journal) {}

  void Refused(const rpc::Caller& caller, const std::string& method,
               const absl::Status& status) override;

  // Commits a row for each caller, method and reason since the last time. What cannot be written is
  // kept for the next time. By the clock, and once more when nobody is served any longer.
  absl::Status Flush(mysql::Session& session);

 private:
  // Actor, acting for, client, method, reason.
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string>;
  struct Sum {
    int64_t count = 0;
    absl::Time first = absl::InfiniteFuture();
    absl::Time last = absl::InfinitePast();
    void Add(const Sum& other);
  };
  using Sums = std::map<Key, Sum>;

  void Add(Sums& sums, Key key, const Sum& sum) const;
  absl::Status Write(mysql::Connection& connection, const Key& key, const Sum& sum) const;

  Journal& journal_;
  std::mutex mutex_;
  // Guarded by mutex_.
  Sums sums_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_REFUSALS_H_
