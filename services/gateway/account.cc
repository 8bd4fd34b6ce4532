#include "services/gateway/account.h"

#include <algorithm>

namespace qinglian::gateway {
namespace {

// How many seconds of its rate a client may use at once.
constexpr double kBurstSeconds = 2;
// How soon a call that found too many open is worth another try.
constexpr absl::Duration kConcurrencyPause = absl::Milliseconds(100);
// Accounts that nobody uses any more are dropped when there are so many more than before.
constexpr size_t kSweepEvery = 10'000;

// How many calls may be made at once after a pause.
double FullOf(const Quota& quota) { return std::max(1.0, quota.calls_per_second * kBurstSeconds); }

}  // namespace

std::optional<absl::Duration> Account::Enter(int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  if (quota_.concurrent_calls > 0 && open_ >= quota_.concurrent_calls) return kConcurrencyPause;
  if (quota_.calls_per_second > 0) {
    const double rate = quota_.calls_per_second;
    const double full = FullOf(quota_);
    const double since = static_cast<double>(std::max<int64_t>(0, now_ns - filled_ns_)) / 1e9;
    tokens_ = tokens_ < 0 ? full : std::min(full, tokens_ + since * rate);
    filled_ns_ = std::max(filled_ns_, now_ns);
    if (tokens_ < 1) return absl::Seconds((1 - tokens_) / rate);
    tokens_ -= 1;
  }
  ++open_;
  return std::nullopt;
}

void Account::Leave() {
  const std::lock_guard lock(mutex_);
  --open_;
}

void Account::Refund() {
  const std::lock_guard lock(mutex_);
  tokens_ = std::min(tokens_ + 1, FullOf(quota_));
}

void Account::SetQuota(const Quota& quota) {
  const std::lock_guard lock(mutex_);
  quota_ = quota;
}

Quota Account::quota() const {
  const std::lock_guard lock(mutex_);
  return quota_;
}

std::shared_ptr<Account> Accounts::Of(const std::string& name, const Quota& quota) {
  const std::lock_guard lock(mutex_);
  if (accounts_.size() >= kSweepEvery) {
    absl::erase_if(accounts_, [](const auto& entry) { return entry.second.expired(); });
  }
  std::weak_ptr<Account>& known = accounts_[name];
  std::shared_ptr<Account> account = known.lock();
  if (account != nullptr) {
    account->SetQuota(quota);
    return account;
  }
  account = std::make_shared<Account>(quota);
  known = account;
  return account;
}

}  // namespace qinglian::gateway
