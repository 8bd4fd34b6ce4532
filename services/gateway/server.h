// The gateway as a whole: its server, its workers, its prober.
#ifndef QINGLIAN_SERVICES_GATEWAY_SERVER_H_
#define QINGLIAN_SERVICES_GATEWAY_SERVER_H_

#include <grpc/grpc.h>

#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/metrics/metrics.h"
#include "common/rpc/health_port.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/resource_quota.h"
#include "services/gateway/health.h"
#include "services/gateway/metrics.h"
#include "services/gateway/options.h"
#include "services/gateway/prober.h"
#include "services/gateway/router.h"
#include "services/gateway/worker.h"

namespace qinglian::gateway {

class Server {
 public:
  // Listens and serves. `contract` says of which kind the methods of upstreams are; `registry` must
  // outlive the server. INVALID_ARGUMENT, reason CONFIG_INVALID, for options that make no sense, an
  // address that is not loopback included where there is no hop; INTERNAL, reason IO_FAILED, where
  // the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const Options& options, absl::Span<const google::protobuf::ServiceDescriptor* const> contract,
      metrics::Registry& registry);

  // Drains with no delay and no time for open calls, where Drain() was not called.
  ~Server();

  // The port that is listened on.
  int port() const { return port_; }
  // The port of `health_address`; 0 where there is none.
  int health_port() const { return health_port_ == nullptr ? 0 : health_port_->port(); }

  // Leaves in good order, and returns when all is done: health says "not serving", `drain_delay`
  // passes, new calls are refused with UNAVAILABLE, open ones finish (those without a deadline are
  // ended with UNAVAILABLE) and, after `drain_timeout`, are ended; then the connections are closed.
  // Once, from one thread.
  void Drain();

 private:
  explicit Server(const Options& options,
                  absl::Span<const google::protobuf::ServiceDescriptor* const> contract,
                  metrics::Registry& registry);
  absl::Status Identify(metrics::Registry& registry);
  void AwaitLease() const;
  absl::Status Listen();
  void Bind();
  bool AwaitCalls(absl::Duration timeout) const;
  void Stop(absl::Duration timeout);

  const Options options_;
  grpc::ResourceQuota quota_;
  const Router router_;
  HealthBoard health_;
  Metrics metrics_;
  // Null where no identity provider is known.
  std::unique_ptr<oidc::Verifier> verifier_;
  Accounts accounts_;
  std::unique_ptr<CallerLease> lease_;
  std::unique_ptr<Shared> shared_;
  grpc_server* server_ = nullptr;
  grpc_completion_queue* control_ = nullptr;
  int port_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Prober> prober_;
  std::unique_ptr<rpc::HealthPort> health_port_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_SERVER_H_
