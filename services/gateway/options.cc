#include "services/gateway/options.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/hop.h"
#include "common/rpc/unix_socket.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::gateway {
namespace {

constexpr int kMaxThreads = 64;
constexpr int kMaxChannels = 16;

absl::Status Invalid(std::string detail) {
  return status::Error(status::kConfigInvalid, {{"detail", std::move(detail)}});
}

bool IsName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_islower(c); });
}

bool HasOrganization(const Options& options) {
  return std::any_of(options.upstreams.begin(), options.upstreams.end(),
                     [](const UpstreamOption& upstream) { return upstream.name == kOrganization; });
}

}  // namespace

absl::StatusOr<std::vector<UpstreamOption>> ParseUpstreams(std::string_view text) {
  std::vector<UpstreamOption> upstreams;
  std::set<std::string> seen;
  for (const absl::string_view item :
       absl::StrSplit(status::View(text), ',', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(item, absl::MaxSplits('=', 1));
    UpstreamOption upstream{std::string(absl::StripAsciiWhitespace(parts.first)),
                            std::string(absl::StripAsciiWhitespace(parts.second))};
    if (!IsName(upstream.name) || upstream.target.empty()) {
      return Invalid(absl::StrCat("upstream: expected name=host:port, found \"", item, "\""));
    }
    if (!seen.insert(upstream.name).second) {
      return Invalid(absl::StrCat("upstream: ", upstream.name, " is named twice"));
    }
    upstreams.push_back(std::move(upstream));
  }
  if (upstreams.empty()) return Invalid("upstream: no service to forward to is named");
  return upstreams;
}

bool IsBehindEdge(const Options& options) {
  return options.hop != nullptr || rpc::IsUnixSocket(options.listen);
}

absl::Status CheckOptions(const Options& options) {
  RETURN_IF_ERROR(rpc::CheckListen("listen", options.listen, options.hop.get()));
  for (const UpstreamOption& upstream : options.upstreams) {
    RETURN_IF_ERROR(rpc::CheckTarget("upstream", upstream.target, options.hop.get()));
  }
  if (options.identity_keys == nullptr) return Invalid("identity_key_file: there are no keys");
  if (options.upstreams.empty()) return Invalid("upstream: no service to forward to is named");
  if (!HasOrganization(options)) {
    return Invalid("upstream: organization is not named, which knows who callers are");
  }
  for (const Quota& quota : {options.client_quota, options.person_quota}) {
    if (quota.calls_per_second < 0 || quota.concurrent_calls < 0 || quota.max_response_bytes < 0) {
      return Invalid("client_calls_per_second and the like: must not be negative");
    }
  }
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return Invalid(absl::StrCat("threads: must be 1 to ", kMaxThreads));
  }
  if (options.channels < 1 || options.channels > kMaxChannels) {
    return Invalid(absl::StrCat("channels: must be 1 to ", kMaxChannels));
  }
  if (options.max_message_bytes < 1 || options.max_message_bytes > (1 << 30)) {
    return Invalid("max_message_bytes: must be 1 to 1 GiB");
  }
  if (options.max_metadata_bytes < 1'024 || options.max_metadata_bytes > (1 << 20)) {
    return Invalid("max_metadata_bytes: must be 1 KiB to 1 MiB");
  }
  if (options.max_concurrent_streams < 1)
    return Invalid("max_concurrent_streams: must be at least 1");
  if (options.max_calls < 1) return Invalid("max_calls: must be at least 1");
  if (options.max_buffer_bytes < options.max_message_bytes) {
    return Invalid("max_buffer_bytes: must hold at least one message");
  }
  if (options.default_deadline <= absl::ZeroDuration() ||
      options.max_deadline < options.default_deadline) {
    return Invalid("default_deadline: must be above zero and no more than max_deadline");
  }
  if (options.drain_delay < absl::ZeroDuration() || options.drain_timeout < absl::ZeroDuration()) {
    return Invalid("drain_delay, drain_timeout: must not be negative");
  }
  if (options.health_interval < absl::Milliseconds(10))
    return Invalid("health_interval: must be at least 10 ms");
  return absl::OkStatus();
}

}  // namespace qinglian::gateway
