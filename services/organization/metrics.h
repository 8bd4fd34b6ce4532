// The organization service's own metrics.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_METRICS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_METRICS_H_

#include "common/metrics/metrics.h"
#include "common/serving/database_counts.h"

namespace qinglian::organization {

inline constexpr metrics::GaugeDefinition kSealedValuesMetric{
    "organization_sealed_values",
    "Sealed values, by the version of the sealing key that they are under.",
    {"key_version"}};

// Thread-safe. The registry outlives it.
class OrganizationMetrics : public serving::DatabaseCounts {
 public:
  explicit OrganizationMetrics(metrics::Registry& registry);
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_METRICS_H_
