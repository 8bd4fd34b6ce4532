#include "services/gateway/upstream.h"

#include <grpc/compression.h>
#include <grpc/grpc_security.h>

#include "common/rpc/channel.h"
#include "common/rpc/unix_socket.h"

namespace qinglian::gateway {
namespace {

// Only "identity": what comes compressed cannot be measured before it is unpacked.
constexpr int kIdentityOnly = 1 << GRPC_COMPRESS_NONE;

}  // namespace

grpc::ChannelArguments UpstreamArguments(const std::string& target, const Options& options,
                                         const grpc::ResourceQuota& quota) {
  grpc::ChannelArguments arguments;
  if (target.starts_with("dns:")) {
    arguments.SetLoadBalancingPolicyName("round_robin");
    arguments.SetServiceConfigJSON(rpc::kServingAddressesOnly);
    // Who closes a connection has usually gone, and another is there in its place.
    arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1'000);
  }
  arguments.SetResourceQuota(quota);
  // The minimal stack leaves out filters that a forwarder has no use for. Deadlines come back with
  // a switch of their own; the size of messages does not, and is checked by the calls.
  arguments.SetInt(GRPC_ARG_MINIMAL_STACK, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 1);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE,
                   static_cast<int>(kMetadataRoom * options.max_metadata_bytes));
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, kIdentityOnly);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // A watch may be silent for long; a dead peer is noticed all the same.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 30'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // A service that comes back is found within a second or two.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  return arguments;
}

grpc_channel_credentials* UpstreamCredentials(const UpstreamOption& option,
                                              const Options& options) {
  if (options.hop == nullptr || rpc::IsUnixSocket(option.target)) {
    return grpc_insecure_credentials_create();
  }
  return options.hop->RawForChannel(option.name);
}

Upstream::Upstream(const UpstreamOption& option, const Options& options,
                   const grpc::ResourceQuota& quota)
    : name_(option.name) {
  const grpc::ChannelArguments owner = UpstreamArguments(option.target, options, quota);
  const grpc_channel_args arguments = owner.c_channel_args();
  grpc_channel_credentials* credentials = UpstreamCredentials(option, options);
  for (int i = 0; i < options.channels; ++i) {
    channels_.push_back(grpc_channel_create(option.target.c_str(), credentials, &arguments));
  }
  grpc_channel_credentials_release(credentials);
}

Upstream::~Upstream() {
  for (grpc_channel* channel : channels_) grpc_channel_destroy(channel);
}

grpc_channel* Upstream::Next() {
  grpc_channel* channel = channels_[next_];
  if (++next_ == channels_.size()) next_ = 0;
  return channel;
}

}  // namespace qinglian::gateway
