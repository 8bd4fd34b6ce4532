// The metrics of the gateway, declared in one place.
#ifndef QINGLIAN_SERVICES_GATEWAY_METRICS_H_
#define QINGLIAN_SERVICES_GATEWAY_METRICS_H_

#include <grpc/status.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/metrics/metrics.h"
#include "services/gateway/router.h"

namespace qinglian::gateway {

// Thread-safe.
class Metrics {
 public:
  // `upstreams` are names, in the order of their indexes. `registry` must outlive this.
  Metrics(metrics::Registry& registry, const std::vector<std::string>& upstreams);

  // A call of `route` began, or ended after `nanos` with `code`. What the gateway answers itself
  // counts as upstream "gateway".
  void Begin(Route route);
  void End(Route route, grpc_status_code code, int64_t nanos);

  void SetServing(size_t upstream, bool serving);

 private:
  static constexpr size_t kCodes = 17;
  struct Series {
    metrics::Gauge* open = nullptr;
    metrics::Histogram* seconds = nullptr;
    std::array<metrics::Counter*, kCodes> requests{};
  };

  Series& Of(Route route) { return series_[static_cast<size_t>(route.upstream + 1)]; }

  // The gateway itself first, then the upstreams.
  std::vector<Series> series_;
  std::vector<metrics::Gauge*> serving_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_METRICS_H_
