#include "services/gateway/flags.h"

#include <cstdint>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "common/rpc/hop_flags.h"
#include "common/status/macros.h"

namespace {
const qinglian::gateway::Options kDefaults;
}  // namespace

ABSL_FLAG(
    std::string, listen, kDefaults.listen,
    "Where calls are taken: unix:PATH for the edge, which is believed what it says of client "
    "certificates, or host:port on loopback for callers with tokens; with --hop_certificate_file "
    "any host:port, where only the edge gets in. Port 0 takes a free one.");
ABSL_FLAG(std::string, health_address, "",
          "Where it is also told, unencrypted and to anybody, whether the gateway serves, and "
          "nothing else: host:port. Empty: nowhere.");
ABSL_FLAG(std::string, metrics_address, "127.0.0.1:7300",
          "Where Prometheus reads /metrics, host:port.");
ABSL_FLAG(bool, metrics_beyond_loopback, false,
          "Whether --metrics_address may be one that other machines reach: where the network says "
          "who does.");
ABSL_FLAG(std::string, upstream, "",
          "The services behind the gateway: name=target, comma-separated "
          "(organization=127.0.0.1:7201,risk=…). "
          "Methods of packages qinglian.NAME.v1 go to the target.");
ABSL_FLAG(std::string, identity_key_file, "",
          "A file with a key a line, 64 hexadecimal digits each: what gateways and services prove "
          "to each other who calls with. The first makes tokens, all open them; read anew when it "
          "changes.");
ABSL_FLAG(std::string, token_issuer, "",
          "The OpenID Connect provider whose tokens persons carry: the `iss` of its tokens. Empty: "
          "no tokens are accepted.");
ABSL_FLAG(std::string, token_audience, "", "Who its tokens must be meant for: one of their `aud`.");
ABSL_FLAG(std::string, token_keys, "",
          "Where its keys are, a JWK Set (`jwks_uri`): https, http on loopback, or file:///…");
ABSL_FLAG(std::string, token_keys_ca_file, "",
          "Certificates of who signed the provider's own, PEM; empty for those of the system.");
ABSL_FLAG(int, client_calls_per_second, kDefaults.client_quota.calls_per_second,
          "For clients that have no rate of their own registered; 0 for no limit.");
ABSL_FLAG(int, client_concurrent_calls, kDefaults.client_quota.concurrent_calls,
          "The same for calls at a time.");
ABSL_FLAG(int, person_calls_per_second, kDefaults.person_quota.calls_per_second,
          "For persons who call without a client's certificate; 0 for no limit.");
ABSL_FLAG(int, person_concurrent_calls, kDefaults.person_quota.concurrent_calls,
          "The same for calls at a time.");
ABSL_FLAG(int, threads, kDefaults.threads, "Completion queues, each with one thread.");
ABSL_FLAG(int, channels, kDefaults.channels, "Connections to each upstream, for each thread.");
ABSL_FLAG(int64_t, max_message_bytes, kDefaults.max_message_bytes,
          "The largest message, either way.");
ABSL_FLAG(int64_t, max_metadata_bytes, kDefaults.max_metadata_bytes,
          "The most metadata of a call: names, values and 32 bytes for each entry.");
ABSL_FLAG(int, max_concurrent_streams, kDefaults.max_concurrent_streams,
          "Open calls on one connection; more wait in the client.");
ABSL_FLAG(int, max_calls, kDefaults.max_calls,
          "Open calls altogether; more are refused with RESOURCE_EXHAUSTED.");
ABSL_FLAG(int64_t, max_buffer_bytes, kDefaults.max_buffer_bytes, "What gRPC may hold in buffers.");
ABSL_FLAG(absl::Duration, default_deadline, kDefaults.default_deadline,
          "For unary calls whose caller names no deadline.");
ABSL_FLAG(absl::Duration, max_deadline, kDefaults.max_deadline,
          "For unary calls whose caller names a later one.");
ABSL_FLAG(absl::Duration, drain_delay, kDefaults.drain_delay,
          "After SIGTERM: how long health says \"not serving\" before new calls are refused.");
ABSL_FLAG(absl::Duration, drain_timeout, kDefaults.drain_timeout,
          "After drain_delay: how long open calls may take before they are ended.");
ABSL_FLAG(absl::Duration, health_interval, kDefaults.health_interval,
          "How often each upstream's health is asked for.");

namespace qinglian::gateway {

absl::StatusOr<Options> OptionsFromFlags() {
  Options options;
  options.listen = absl::GetFlag(FLAGS_listen);
  ASSIGN_OR_RETURN(options.hop, rpc::HopFromFlags("gateway"));
  options.health_address = absl::GetFlag(FLAGS_health_address);
  ASSIGN_OR_RETURN(options.upstreams, ParseUpstreams(absl::GetFlag(FLAGS_upstream)));
  ASSIGN_OR_RETURN(options.identity_keys,
                   access::IdentityKeys::Load(absl::GetFlag(FLAGS_identity_key_file)));
  options.tokens.issuer = absl::GetFlag(FLAGS_token_issuer);
  options.tokens.audience = absl::GetFlag(FLAGS_token_audience);
  options.token_keys.url = absl::GetFlag(FLAGS_token_keys);
  options.token_keys.ca_file = absl::GetFlag(FLAGS_token_keys_ca_file);
  options.client_quota.calls_per_second = absl::GetFlag(FLAGS_client_calls_per_second);
  options.client_quota.concurrent_calls = absl::GetFlag(FLAGS_client_concurrent_calls);
  options.person_quota.calls_per_second = absl::GetFlag(FLAGS_person_calls_per_second);
  options.person_quota.concurrent_calls = absl::GetFlag(FLAGS_person_concurrent_calls);
  options.threads = absl::GetFlag(FLAGS_threads);
  options.channels = absl::GetFlag(FLAGS_channels);
  options.max_message_bytes = absl::GetFlag(FLAGS_max_message_bytes);
  options.max_metadata_bytes = absl::GetFlag(FLAGS_max_metadata_bytes);
  options.max_concurrent_streams = absl::GetFlag(FLAGS_max_concurrent_streams);
  options.max_calls = absl::GetFlag(FLAGS_max_calls);
  options.max_buffer_bytes = absl::GetFlag(FLAGS_max_buffer_bytes);
  options.default_deadline = absl::GetFlag(FLAGS_default_deadline);
  options.max_deadline = absl::GetFlag(FLAGS_max_deadline);
  options.drain_delay = absl::GetFlag(FLAGS_drain_delay);
  options.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  options.health_interval = absl::GetFlag(FLAGS_health_interval);
  RETURN_IF_ERROR(CheckOptions(options));
  return options;
}

std::string MetricsAddressFromFlags() { return absl::GetFlag(FLAGS_metrics_address); }

bool MetricsBeyondLoopbackFromFlags() { return absl::GetFlag(FLAGS_metrics_beyond_loopback); }

}  // namespace qinglian::gateway
