// Where OpenTelemetry was not there to be built with.
#include "common/trace/exporter.h"

namespace qinglian::trace {

class Exporter::Pipeline {};

bool CanExport() { return false; }

Exporter::Exporter(const ExporterOptions&, metrics::Registry& registry) : metrics_(registry) {}
Exporter::~Exporter() = default;

}  // namespace qinglian::trace
