// What the gateway is told: where to listen, whom to forward to, and its limits.
#ifndef QINGLIAN_SERVICES_GATEWAY_OPTIONS_H_
#define QINGLIAN_SERVICES_GATEWAY_OPTIONS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/identity_keys.h"
#include "common/rpc/hop.h"
#include "services/gateway/account.h"
#include "services/gateway/oidc/key_source.h"
#include "services/gateway/oidc/token.h"

namespace qinglian::gateway {

// A service behind the gateway: `name` is that of its packages (`qinglian.<name>.v1`), `target` a
// gRPC target.
struct UpstreamOption {
  std::string name;
  std::string target;
};

// The upstream that knows who callers are, and what they were granted.
inline constexpr char kOrganization[] = "organization";

// The one process that may call the gateway over a hop.
inline constexpr char kEdge[] = "edge";

inline constexpr int kMetadataRoom = 8;

struct Options {
  // `unix:PATH`, where the edge calls, or with a hop any host and port: only there is it believed
  // what it says of certificates. Or host and port on loopback, 0 for a free one, for callers who
  // prove themselves by tokens alone.
  std::string listen = "127.0.0.1:7200";
  // The mark of the gateway towards the edge and the services; null where all are on one machine.
  std::shared_ptr<const rpc::Hop> hop;
  // Where it is also told, to anybody, whether the gateway serves; empty: nowhere.
  std::string health_address;
  std::vector<UpstreamOption> upstreams;
  // What the gateway proves to services who calls with. Never null where a server serves.
  std::shared_ptr<const access::IdentityKeys> identity_keys;

  // The identity provider of persons: what its tokens must be, and where its keys are. No tokens
  // are accepted where there is no issuer.
  oidc::TokenRules tokens;
  oidc::KeySourceOptions token_keys;

  // For clients, and for persons who call without one, that have no quota registered.
  Quota client_quota{.calls_per_second = 500, .concurrent_calls = 200, .max_response_bytes = 0};
  Quota person_quota{.calls_per_second = 50, .concurrent_calls = 20, .max_response_bytes = 0};

  // Completion queues, each with its one thread.
  int threads = 1;
  // Connections to an upstream, for each thread.
  int channels = 1;

  // Bytes of one message, either way.
  int64_t max_message_bytes = 4 << 20;
  // Bytes of a call's metadata, counted as HTTP/2 does (name, value and 32 for each). gRPC itself
  // bears kMetadataRoom times as much: beyond its own limit it closes the connection.
  int64_t max_metadata_bytes = 8 << 10;
  // Open calls on one connection; further ones wait in the client.
  int max_concurrent_streams = 256;
  // Open calls altogether; further ones are refused.
  int max_calls = 2'000;
  // What gRPC may hold in buffers. It puts a message together before its size can be judged, and
  // cancels calls where this runs out.
  int64_t max_buffer_bytes = 256 << 20;

  // For unary calls whose caller names no deadline, and for those who name a later one.
  absl::Duration default_deadline = absl::Seconds(10);
  absl::Duration max_deadline = absl::Seconds(30);

  // After SIGTERM: how long health says "not serving" before new calls stop, and how long open ones
  // may take then.
  absl::Duration drain_delay = absl::Seconds(2);
  absl::Duration drain_timeout = absl::Seconds(30);

  // How often each upstream is asked for its health.
  absl::Duration health_interval = absl::Seconds(1);
};

// `organization=127.0.0.1:7201,risk=127.0.0.1:7202` as upstreams. INVALID_ARGUMENT, reason
// CONFIG_INVALID, for anything else, a name that is not of lower-case letters and one that comes
// twice included.
absl::StatusOr<std::vector<UpstreamOption>> ParseUpstreams(std::string_view text);

// Whether the edge calls, and proves on the way in that it is the edge.
bool IsBehindEdge(const Options& options);

// OK where every limit makes sense. INVALID_ARGUMENT, reason CONFIG_INVALID, naming the first that
// does not.
absl::Status CheckOptions(const Options& options);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_OPTIONS_H_
