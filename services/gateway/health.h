// What the gateway says about its own health and that of the services behind it.
#ifndef QINGLIAN_SERVICES_GATEWAY_HEALTH_H_
#define QINGLIAN_SERVICES_GATEWAY_HEALTH_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grpc/health/v1/health.pb.h"
#include "services/gateway/router.h"

namespace qinglian::gateway {

// What is known at the moment. Thread-safe.
//
// Names: "" is the gateway itself; "qinglian" the whole, serving where the gateway and every
// upstream are; `qinglian.<name>.v1` and the services in it are that upstream. A gateway that
// drains, or cannot tell who callers are, serves nothing.
class HealthBoard {
 public:
  using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

  // `router` must outlive the board. Upstreams count as not serving until they are set.
  HealthBoard(const Router& router, size_t upstreams);

  // Asked whenever somebody asks for health: whether the gateway can tell who callers are. Without
  // that it serves nothing. Before anybody asks.
  void SetIdentifies(std::function<bool()> identifies) { identifies_ = std::move(identifies); }

  void Set(size_t upstream, bool serving);
  void Drain();

  // SERVICE_UNKNOWN for a name the gateway does not know.
  ServingStatus Get(std::string_view name) const;
  bool IsServing(size_t upstream) const {
    return serving_[upstream].load(std::memory_order_relaxed);
  }

 private:
  const Router& router_;
  const size_t upstreams_;
  std::function<bool()> identifies_ = [] { return true; };
  std::unique_ptr<std::atomic<bool>[]> serving_;
  std::atomic<bool> draining_{false};
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_HEALTH_H_
