// Asks every upstream for its health, now and then.
#ifndef QINGLIAN_SERVICES_GATEWAY_PROBER_H_
#define QINGLIAN_SERVICES_GATEWAY_PROBER_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "services/gateway/health.h"
#include "services/gateway/metrics.h"
#include "services/gateway/options.h"

namespace grpc {
class Channel;
class ResourceQuota;
}  // namespace grpc

namespace qinglian::gateway {

// A service serves where it answers grpc.health.v1.Health/Check for "" with SERVING, or has no
// health service to ask but can be reached. Runs on a thread of its own, from construction to
// destruction.
class Prober {
 public:
  // All must outlive the prober.
  Prober(const Options& options, const grpc::ResourceQuota& quota, HealthBoard& board,
         Metrics& metrics);
  ~Prober();

 private:
  void Run();
  // Why it does not serve; empty where it does.
  std::string Probe(size_t upstream);

  const Options& options_;
  HealthBoard& board_;
  Metrics& metrics_;
  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_PROBER_H_
