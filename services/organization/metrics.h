// The organization service's own metrics.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_METRICS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_METRICS_H_

#include "common/metrics/metrics.h"
#include "common/serving/database_counts.h"

namespace qinglian::organization {

// `division` is the code of a province or of a city, the first-level divisions of a province, that
// an organization works for or for a part of; of a province what works for none of its cities.
// `kind`, `state` and `check` are names of values without their prefixes, lower case.
inline constexpr metrics::GaugeDefinition kOrganizationsMetric{
    "organization_organizations", "Organizations.", {"division", "kind", "state"}};
inline constexpr metrics::GaugeDefinition kDivisionInfoMetric{
    "organization_division_info",
    "1 for each province and city: how it is called.",
    {"division", "display_name"}};
inline constexpr metrics::GaugeDefinition kCoverageGapsMetric{
    "organization_coverage_gaps",
    "What is missing in the registry, by check of coverage, with the defaults of GetCoverage.",
    {"check"}};
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
