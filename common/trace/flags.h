// The settings of tracing, as flags: the same in every program that traces.
#ifndef QINGLIAN_COMMON_TRACE_FLAGS_H_
#define QINGLIAN_COMMON_TRACE_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/trace/exporter.h"

namespace qinglian::trace {

// What --trace_endpoint, --trace_sample_ratio, --trace_ca_file and --trace_plain say, for the spans
// of `service` in `version`. INVALID_ARGUMENT, reason CONFIG_INVALID, where they make no sense, the
// file cannot be read, or there is an endpoint and this program was built without OpenTelemetry.
absl::StatusOr<ExporterOptions> ExporterOptionsFromFlags(std::string service, std::string version);

// The same of values; for tests.
struct TraceSettings {
  std::string endpoint = {};
  double sample_ratio = 0;
  std::string ca_file = {};
  bool plain = false;
};
absl::StatusOr<ExporterOptions> CheckSettings(const TraceSettings& settings);

}  // namespace qinglian::trace

#endif  // QINGLIAN_COMMON_TRACE_FLAGS_H_
