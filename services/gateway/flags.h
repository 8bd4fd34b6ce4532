// The settings of the gateway, as flags.
#ifndef QINGLIAN_SERVICES_GATEWAY_FLAGS_H_
#define QINGLIAN_SERVICES_GATEWAY_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "services/gateway/options.h"

namespace qinglian::gateway {

// The options that the flags say. INVALID_ARGUMENT, reason CONFIG_INVALID, where they make no
// sense.
absl::StatusOr<Options> OptionsFromFlags();

// Host and port of /metrics.
std::string MetricsAddressFromFlags();
// Whether other machines may reach it.
bool MetricsBeyondLoopbackFromFlags();

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_FLAGS_H_
