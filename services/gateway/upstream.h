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

  // What calls name as their host. Owned by the upstream.
  const grpc_slice* authority() const { return &authority_; }

  // The connection for the next call, in turn. Owned by the upstream.
  grpc_channel* Next();

 private:
  const std::string name_;
  const grpc_slice authority_;
  std::vector<grpc_channel*> channels_;
  size_t next_ = 0;
};

// How connections to upstreams behave: keepalive, limits, no compression, a connection of its own
// for each channel.
// `quota` bounds what gRPC buffers.
grpc::ChannelArguments UpstreamArguments(const Options& options, const grpc::ResourceQuota& quota);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_UPSTREAM_H_
