#include "common/metrics/exposer.h"

#include <prometheus/exposer.h>

#include <exception>

#include "absl/strings/str_cat.h"
#include "common/config/loopback.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::metrics {

absl::StatusOr<std::unique_ptr<Exposer>> Exposer::Start(const std::string& address,
                                                        std::shared_ptr<Registry> registry,
                                                        bool beyond_loopback) {
  if (!beyond_loopback) {
    RETURN_IF_ERROR(config::CheckLoopback("metrics_address", address, "metrics_beyond_loopback"));
  }
  // The HTTP server under the library throws where it cannot listen.
  try {
    auto exposer = std::make_unique<::prometheus::Exposer>(address);
    if (exposer->GetListeningPorts().empty()) throw std::exception();
    return std::unique_ptr<Exposer>(new Exposer(std::move(registry), std::move(exposer)));
  } catch (const std::exception&) {
    return status::Error(status::kIoFailed,
                         {{"detail", absl::StrCat("cannot serve metrics on ", address)}});
  }
}

Exposer::Exposer(std::shared_ptr<Registry> registry, std::unique_ptr<::prometheus::Exposer> exposer)
    : registry_(std::move(registry)),
      exposer_(std::move(exposer)),
      port_(exposer_->GetListeningPorts().front()) {
  exposer_->RegisterCollectable(registry_);
}

Exposer::~Exposer() = default;

}  // namespace qinglian::metrics
