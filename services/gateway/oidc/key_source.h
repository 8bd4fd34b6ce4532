// Keeps the key set of a provider: fetched, kept, fetched again.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SOURCE_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SOURCE_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/gateway/oidc/key_set.h"

namespace qinglian::gateway::oidc {

struct KeySourceOptions {
  // `jwks_uri` of the provider: https, or http on loopback.
  std::string url;
  // Certificates of who may have signed the provider's; empty for the system's.
  std::string ca_file;
  // How often it is fetched without a reason, and at most how often with one.
  absl::Duration interval = absl::Minutes(5);
  absl::Duration min_interval = absl::Seconds(5);
  absl::Duration timeout = absl::Seconds(5);
};

// Thread-safe. Fetches on a thread of its own; nobody who asks for the keys ever waits.
class KeySource {
 public:
  // Begins to fetch at once. INVALID_ARGUMENT, reason CONFIG_INVALID, for a url that is neither.
  static absl::StatusOr<std::unique_ptr<KeySource>> Start(KeySourceOptions options);
  ~KeySource();

  // The last good one, however old; null before the first.
  std::shared_ptr<const KeySet> keys() const;

  // A token named a key that is not in the set: the provider may have a new one. Fetches soon.
  void Missed();

  // What the last fetch came to.
  absl::Status last_fetch() const;

 private:
  explicit KeySource(KeySourceOptions options) : options_(std::move(options)) {}
  void Run();
  void FetchOnce();
  absl::StatusOr<std::string> Fetch() const;

  const KeySourceOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const KeySet> keys_;
  absl::Status last_fetch_;
  bool missed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SOURCE_H_
