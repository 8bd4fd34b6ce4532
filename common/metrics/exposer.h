// GET /metrics over HTTP, for Prometheus.
#ifndef QINGLIAN_COMMON_METRICS_EXPOSER_H_
#define QINGLIAN_COMMON_METRICS_EXPOSER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/metrics/metrics.h"

namespace prometheus {
class Exposer;
}  // namespace prometheus

namespace qinglian::metrics {

// Serves on threads of its own (two) until destroyed. There is no TLS and no authentication: it
// listens on loopback only, unless somebody says that the network keeps others away.
class Exposer {
 public:
  // `address` is "host:port"; port 0 takes a free one. INTERNAL, reason IO_FAILED, where it cannot
  // be bound; INVALID_ARGUMENT, reason CONFIG_INVALID, where other machines could reach it and not
  // `beyond_loopback`.
  static absl::StatusOr<std::unique_ptr<Exposer>> Start(const std::string& address,
                                                        std::shared_ptr<Registry> registry,
                                                        bool beyond_loopback = false);
  ~Exposer();

  int port() const { return port_; }

 private:
  Exposer(std::shared_ptr<Registry> registry, std::unique_ptr<::prometheus::Exposer> exposer);

  // The library holds it weakly only.
  const std::shared_ptr<Registry> registry_;
  const std::unique_ptr<::prometheus::Exposer> exposer_;
  const int port_;
};

}  // namespace qinglian::metrics

#endif  // QINGLIAN_COMMON_METRICS_EXPOSER_H_
