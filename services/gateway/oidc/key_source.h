// Keeps the key set of a provider: fetched, kept, fetched again.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SOURCE_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SOURCE_H_

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "services/gateway/oidc/key_set.h"

namespace qinglian::gateway::oidc {

struct KeySourceOptions {
  // `jwks_uri` of the provider: https, http on loopback, or file for an installation without one.
  // Empty: as the provider's discovery document says, asked for before each fetch.
  std::string url;
  // Certificates of who may have signed the provider's; empty for the system's.
  std::string ca_file;
  // How often it is fetched without a reason, and at most how often with one: a token with an
  // unknown key, or a fetch that failed.
  absl::Duration interval = absl::Minutes(5);
  absl::Duration min_interval = absl::Seconds(5);
  // Of each request.
  absl::Duration timeout = absl::Seconds(5);
  // Where `url` is empty: <issuer>/.well-known/openid-configuration is the discovery document.
  std::string issuer = "";
};

// Thread-safe. Fetches on a thread of its own; nobody who asks for the keys ever waits.
class KeySource {
 public:
  // Begins to fetch at once; a file is read before this returns. INVALID_ARGUMENT, reason
  // CONFIG_INVALID, for a url or issuer at an address that is not allowed.
  static absl::StatusOr<std::unique_ptr<KeySource>> Start(KeySourceOptions options);
  // Does not wait for a fetch to end.
  ~KeySource();

  // The last good one, however old; null before the first. The same object until the set changes.
  std::shared_ptr<const KeySet> keys() const;

  // A token named a key that is not in the set: the provider may have a new one. Fetches soon.
  void Missed();

  // What the last fetch came to: OK, UNAVAILABLE, reason KEY_SET_UNAVAILABLE, or INVALID_ARGUMENT,
  // reason KEY_SET_INVALID.
  absl::Status last_fetch() const;

  // Declares gateway_token_key_fetches_total{result} and gateway_token_keys_age_seconds. Once;
  // `registry` must outlive this.
  void Report(metrics::Registry& registry);

 private:
  explicit KeySource(KeySourceOptions options) : options_(std::move(options)) {}
  void Run();
  void FetchOnce();
  absl::Status Keep(const std::string& text);
  void Count(bool good);
  absl::StatusOr<std::string> FetchKeySet() const;
  absl::StatusOr<std::string> Discover() const;
  absl::StatusOr<std::string> Fetch(const std::string& url) const;
  double AgeSeconds() const;

  const KeySourceOptions options_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const KeySet> keys_;
  // What the keys were read from, and when it was last seen to be so.
  std::string text_;
  absl::Time last_good_ = absl::InfinitePast();
  absl::Status last_fetch_;
  bool missed_ = false;
  int good_fetches_ = 0;
  int failed_fetches_ = 0;
  metrics::Counter* good_fetches_total_ = nullptr;
  metrics::Counter* failed_fetches_total_ = nullptr;
  std::thread thread_;
  // Last, so that no scrape sees a part of this.
  std::optional<metrics::Registry::Hook> hook_;
};

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SOURCE_H_
