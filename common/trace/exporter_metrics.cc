#include "common/trace/exporter.h"

namespace qinglian::trace {
namespace {

constexpr metrics::CounterDefinition kExported{"trace_spans_exported_total",
                                               "Spans that the collector of traces took."};
constexpr metrics::CounterDefinition kDropped{
    "trace_spans_dropped_total",
    "Spans that were lost: too many waited, the collector did not take them, or the process ended.",
    {"cause"}};

}  // namespace

ExporterMetrics::ExporterMetrics(metrics::Registry& registry)
    : exported(registry.Declare(kExported).With()),
      dropped(registry.Declare(kDropped, metrics::Product({{"full", "failed", "ended"}}))) {}

}  // namespace qinglian::trace
