#include "services/gateway/oidc/key_source.h"

#include <curl/curl.h>

#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::gateway::oidc {
namespace {

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

bool Acceptable(const std::string& url) {
  for (const char* beginning :
       {"https://", "http://127.0.0.1:", "http://localhost:", "http://[::1]:"}) {
    if (absl::StartsWith(url, beginning)) return true;
  }
  return false;
}

absl::Status Failed(std::string why) {
  return status::Error(status::kKeySetUnavailable, {{"detail", std::move(why)}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> KeySource::Start(KeySourceOptions options) {
  if (!Acceptable(options.url)) {
    return status::Error(
        status::kConfigInvalid,
        {{"detail", "the address of the key set must be https, or http on loopback"}});
  }
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (initialized != CURLE_OK) return Failed(curl_easy_strerror(initialized));
  auto source = std::unique_ptr<KeySource>(new KeySource(std::move(options)));
  source->last_fetch_ = Failed("not fetched yet");
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

void KeySource::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    missed_ = false;
    lock.unlock();
    FetchOnce();
    lock.lock();
    // Without a first key set nobody can be let in: that is reason enough to try again soon.
    const bool hasten = keys_ == nullptr;
    changed_.wait_for(lock, absl::ToChronoNanoseconds(options_.min_interval),
                      [this] { return stopping_; });
    if (hasten) continue;
    changed_.wait_for(lock, absl::ToChronoNanoseconds(options_.interval - options_.min_interval),
                      [this] { return stopping_ || missed_; });
  }
}

void KeySource::FetchOnce() {
  const absl::StatusOr<std::string> body = Fetch();
  absl::StatusOr<KeySet> fetched = body.ok() ? KeySet::Parse(*body) : body.status();
  std::lock_guard lock(mutex_);
  const bool news = fetched.ok() != last_fetch_.ok();
  last_fetch_ = fetched.status();
  if (fetched.ok()) keys_ = std::make_shared<const KeySet>(*std::move(fetched));
  if (!news) return;
  if (last_fetch_.ok()) {
    log::Info("key set fetched", {{"keys", static_cast<int64_t>(keys_->size())}});
  } else {
    log::Warning("key set not fetched", {{"error", std::string(last_fetch_.message())}});
  }
}

absl::StatusOr<std::string> KeySource::Fetch() const {
  const Curl curl(curl_easy_init());
  if (curl == nullptr) return Failed("no memory");
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  if (!options_.ca_file.empty())
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, options_.ca_file.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return Failed(curl_easy_strerror(code));
  return body;
}

}  // namespace qinglian::gateway::oidc
