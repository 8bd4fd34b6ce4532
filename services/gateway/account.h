// How much a client may ask for: a rate, and calls at a time.
#ifndef QINGLIAN_SERVICES_GATEWAY_ACCOUNT_H_
#define QINGLIAN_SERVICES_GATEWAY_ACCOUNT_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace qinglian::gateway {

// Zero for a limit: none.
struct Quota {
  int calls_per_second = 0;
  int concurrent_calls = 0;
  int64_t max_response_bytes = 0;
};

// One client's, or one person's who calls without a client. Thread-safe.
class Account {
 public:
  explicit Account(const Quota& quota) : quota_(quota) {}

  // Counts a call in. Otherwise how long to wait before the next is worth a try; the call must then
  // be refused, and does not count.
  std::optional<absl::Duration> Enter(int64_t now_ns);
  // A call that was counted in is over.
  void Leave();
  // A call that is over shall not have counted against the rate.
  void Refund();

  // As registered at the moment.
  void SetQuota(const Quota& quota);
  Quota quota() const;

 private:
  mutable std::mutex mutex_;
  Quota quota_;
  int open_ = 0;
  // Calls that may be made at once, and when that was so. Fills up to what two seconds give.
  double tokens_ = -1;
  int64_t filled_ns_ = 0;
};

// The accounts of all who have called lately, shared by the workers of a gateway. Thread-safe.
class Accounts {
 public:
  // The account of that name, with this quota from now on.
  std::shared_ptr<Account> Of(const std::string& name, const Quota& quota);

 private:
  std::mutex mutex_;
  absl::flat_hash_map<std::string, std::weak_ptr<Account>> accounts_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_ACCOUNT_H_
