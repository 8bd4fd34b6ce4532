// Sends the spans of this process to a collector, by OTLP over gRPC.
//
// Never in anybody's way: spans wait in a bounded queue, one thread of its own sends them, and what
// finds the queue full or is not taken in time is dropped and counted.
#ifndef QINGLIAN_COMMON_TRACE_EXPORTER_H_
#define QINGLIAN_COMMON_TRACE_EXPORTER_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"

namespace qinglian::trace {

struct ExporterOptions {
  // Whose spans they are, such as "risk", and in which version.
  std::string service;
  std::string version;
  // The collector, host:port; empty: nothing is traced.
  std::string endpoint;
  // The share of traces that are recorded, 0 to 1.
  double ratio = 0;
  // Who signed the collector's certificate, PEM; empty: it is spoken to without TLS.
  std::string ca_certificates;
  // Spans that may wait to be sent, and those of one message.
  size_t queue_size = 8192;
  size_t batch_size = 512;
  // How often they are sent, and how long the collector may take for it.
  absl::Duration interval = absl::Seconds(1);
  absl::Duration timeout = absl::Seconds(2);
  // How long what waits at the end may go on being sent; a message under way has its own time.
  absl::Duration flush = absl::Seconds(1);
};

// Declares what every process reports of it, whether it traces or not:
//
//   trace_spans_exported_total         spans that the collector took
//   trace_spans_dropped_total{cause}   spans that were lost: full (too many waited), failed (the
//                                      collector did not take them), ended (the process ended)
struct ExporterMetrics {
  explicit ExporterMetrics(metrics::Registry& registry);
  metrics::Counter& exported;
  metrics::Family<metrics::Counter>& dropped;
};

// Whether this program was built with OpenTelemetry. Without it only an empty endpoint is of use.
bool CanExport();

// Records the spans of the process as long as it lives. One in a process: made before anything that
// is traced, and ended after all of that.
class Exporter {
 public:
  // The registry outlives it. Does nothing but declare metrics where there is no endpoint.
  Exporter(const ExporterOptions& options, metrics::Registry& registry);
  // Sends what waits, for `flush` at most and the time of one message.
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

 private:
  class Pipeline;
  const ExporterMetrics metrics_;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace qinglian::trace

#endif  // QINGLIAN_COMMON_TRACE_EXPORTER_H_
