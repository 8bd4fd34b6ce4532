#include "services/gateway/oidc/key_source.h"

#include <curl/curl.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/log/log.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/gateway/oidc/address.h"
#include "services/gateway/oidc/json.h"

namespace qinglian::gateway::oidc {
namespace {

constexpr metrics::CounterDefinition kFetches{
    "gateway_token_key_fetches_total",
    "Attempts to fetch the key set of the identity provider.",
    {"result"}};
constexpr metrics::GaugeDefinition kAge{
    "gateway_token_keys_age_seconds",
    "How long ago the identity provider last confirmed the keys in use; +Inf before the first."};
constexpr char kDiscovery[] = "/.well-known/openid-configuration";

// A key set has a few kilobytes; what has more is none.
constexpr size_t kMaxBytes = 256 << 10;

struct CurlRelease {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CurlRelease>;

size_t Receive(char* data, size_t size, size_t count, void* into) {
  std::string& body = *static_cast<std::string*>(into);
  // Fewer bytes than were given end the transfer.
  if (body.size() + size * count > kMaxBytes) return 0;
  body.append(data, size * count);
  return size * count;
}

// Anything but 0 ends the transfer.
int EndWhenStopping(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

absl::Status Failed(std::string why) {
  return status::Error(status::kKeySetUnavailable, {{"detail", std::move(why)}});
}

bool Acceptable(const KeySourceOptions& options) {
  if (!options.url.empty()) return KindOf(options.url) != AddressKind::kRefused;
  const AddressKind kind = KindOf(options.issuer);
  return kind == AddressKind::kHttps || kind == AddressKind::kLoopback;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> KeySource::Start(KeySourceOptions options) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialized != CURLE_OK) return Failed(curl_easy_strerror(initialized));
  if (!Acceptable(options)) {
    return status::Error(
        status::kConfigInvalid,
        {{"detail", "the address of the key set must be https, http on loopback, or a file"}});
  }
  auto source = std::unique_ptr<KeySource>(new KeySource(std::move(options)));
  source->last_fetch_ = Failed("not fetched yet");
  // A file costs no waiting.
  if (KindOf(source->options_.url) == AddressKind::kFile) source->FetchOnce();
  source->thread_ = std::thread([raw = source.get()] { raw->Run(); });
  return source;
}

KeySource::~KeySource() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const KeySet> KeySource::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

void KeySource::Missed() {
  {
    std::lock_guard lock(mutex_);
    missed_ = true;
  }
  changed_.notify_all();
}

absl::Status KeySource::last_fetch() const {
  std::lock_guard lock(mutex_);
  return last_fetch_;
}

void KeySource::Report(metrics::Registry& registry) {
  auto& fetches = registry.Declare(kFetches, metrics::Product({metrics::Values{"ok", "failed"}}));
  metrics::Gauge& age = registry.Declare(kAge).With();
  {
    std::lock_guard lock(mutex_);
    good_fetches_total_ = &fetches.With({"ok"});
    failed_fetches_total_ = &fetches.With({"failed"});
    // Fetching may have begun.
    good_fetches_total_->Increment(good_fetches_);
    failed_fetches_total_->Increment(failed_fetches_);
  }
  hook_.emplace(registry.BeforeCollect([this, &age] { age.Set(AgeSeconds()); }));
}

double KeySource::AgeSeconds() const {
  std::lock_guard lock(mutex_);
  return absl::ToDoubleSeconds(absl::Now() - last_good_);
}

void KeySource::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    missed_ = false;
    lock.unlock();
    FetchOnce();
    lock.lock();
    // Old keys refuse whom the provider knows under new ones: reason enough to try again soon.
    const bool hasten = !last_fetch_.ok();
    changed_.wait_for(lock, absl::ToChronoNanoseconds(options_.min_interval),
                      [this] { return stopping_.load(); });
    if (hasten) continue;
    changed_.wait_for(lock, absl::ToChronoNanoseconds(options_.interval - options_.min_interval),
                      [this] { return stopping_ || missed_; });
  }
}

void KeySource::FetchOnce() {
  const absl::StatusOr<std::string> text = FetchKeySet();
  if (stopping_) return;
  absl::Status fetched = text.ok() ? Keep(*text) : text.status();
  std::lock_guard lock(mutex_);
  const bool news = fetched.ok() != last_fetch_.ok();
  last_fetch_ = std::move(fetched);
  Count(last_fetch_.ok());
  if (!news) return;
  if (last_fetch_.ok()) {
    log::Info("key set fetched", {{"keys", static_cast<int64_t>(keys_->size())}});
  } else {
    log::Warning("key set not fetched", {{"error", std::string(last_fetch_.message())}});
  }
}

// With mutex_ held.
void KeySource::Count(bool good) {
  ++(good ? good_fetches_ : failed_fetches_);
  metrics::Counter* const total = good ? good_fetches_total_ : failed_fetches_total_;
  if (total != nullptr) total->Increment();
}

absl::Status KeySource::Keep(const std::string& text) {
  ASSIGN_OR_RETURN(KeySet keys, KeySet::Parse(text));
  std::lock_guard lock(mutex_);
  last_good_ = absl::Now();
  // The same text is the same set: whoever remembers what these keys proved may go on.
  if (keys_ != nullptr && text == text_) return absl::OkStatus();
  text_ = text;
  keys_ = std::make_shared<const KeySet>(std::move(keys));
  return absl::OkStatus();
}

absl::StatusOr<std::string> KeySource::FetchKeySet() const {
  if (!options_.url.empty()) return Fetch(options_.url);
  ASSIGN_OR_RETURN(const std::string url, Discover());
  return Fetch(url);
}

// The address of the key set, as the provider says.
absl::StatusOr<std::string> KeySource::Discover() const {
  const absl::string_view base = absl::StripSuffix(options_.issuer, "/");
  ASSIGN_OR_RETURN(const std::string text, Fetch(absl::StrCat(base, kDiscovery)));
  const Json document = ParseObject(text);
  // Somebody else's document would make somebody else's keys ours (OpenID Connect Discovery, 4.3).
  if (TextOf(document.get(), "issuer") != options_.issuer)
    return Failed("the discovery document is of another issuer, or none");
  const std::string url(TextOf(document.get(), "jwks_uri"));
  const AddressKind kind = KindOf(url);
  if (kind != AddressKind::kHttps &&
      (kind != AddressKind::kLoopback || KindOf(options_.issuer) != AddressKind::kLoopback)) {
    return Failed("the discovery document names no address that keys may be fetched from");
  }
  return url;
}

absl::StatusOr<std::string> KeySource::Fetch(const std::string& url) const {
  const Curl curl(curl_easy_init());
  if (curl == nullptr) return Failed("no memory");
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https,http,file");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  if (!options_.ca_file.empty())
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &EndWhenStopping);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &stopping_);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Failed(curl_easy_strerror(code));
  return body;
}

}  // namespace qinglian::gateway::oidc
