// The connections of one worker to one upstream. Not thread-safe.
#ifndef QINGLIAN_SERVICES_GATEWAY_UPSTREAM_H_
#define QINGLIAN_SERVICES_GATEWAY_UPSTREAM_H_

#include <grpc/grpc.h>

#include <string>
#include <vector>

#include "grpcpp/resource_quota.h"
#include "grpcpp/support/channel_arguments.h"
#include "services/gateway/options.h"

namespace qinglian::gateway {

class Upstream {
 public:
  // Connects on first use, and again whenever a connection is lost.
  Upstream(const UpstreamOption& option, const Options& options, const grpc::ResourceQuota& quota);
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  const std::string& name() const { return name_; }

  // The connection for the next call, in turn. Owned by the upstream.
  grpc_channel* Next();

 private:
  const std::string name_;
  std::vector<grpc_channel*> channels_;
  size_t next_ = 0;
};

// How connections to upstreams behave: keepalive, limits, no compression, a connection of its own
// for each channel. Where `target` is a name in DNS, those of its addresses that serve take turns.
// `quota` bounds what gRPC buffers.
grpc::ChannelArguments UpstreamArguments(const std::string& target, const Options& options,
                                         const grpc::ResourceQuota& quota);

// The mark of the hop to the upstream, or none where there is no hop or it has a socket. The caller
// releases it.
grpc_channel_credentials* UpstreamCredentials(const UpstreamOption& option, const Options& options);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_UPSTREAM_H_
