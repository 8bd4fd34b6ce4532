#include "services/gateway/health.h"

namespace qinglian::gateway {

using grpc::health::v1::HealthCheckResponse;

HealthBoard::HealthBoard(const Router& router, size_t upstreams)
    : router_(router), upstreams_(upstreams), serving_(new std::atomic<bool>[upstreams]) {
  for (size_t i = 0; i < upstreams; ++i) serving_[i] = false;
}

void HealthBoard::Set(size_t upstream, bool serving) {
  serving_[upstream].store(serving, std::memory_order_relaxed);
}

void HealthBoard::Drain() { draining_.store(true, std::memory_order_relaxed); }

HealthBoard::ServingStatus HealthBoard::Get(std::string_view name) const {
  bool serving = !draining_.load(std::memory_order_relaxed) && identifies_();
  if (name == "qinglian") {
    for (size_t i = 0; i < upstreams_; ++i) serving = serving && IsServing(i);
  } else if (!name.empty()) {
    const int upstream = router_.FindService(name);
    if (upstream < 0) return HealthCheckResponse::SERVICE_UNKNOWN;
    serving = serving && IsServing(static_cast<size_t>(upstream));
  }
  return serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace qinglian::gateway
