#include "services/organization/metrics.h"

namespace qinglian::organization {
namespace {

constexpr char kCountSealed[] =
    "SELECT CAST(key_version AS CHAR), COUNT(*) FROM sealed_values GROUP BY key_version";

constexpr serving::Counted kCounted[] = {{kSealedValuesMetric, kCountSealed}};

}  // namespace

OrganizationMetrics::OrganizationMetrics(metrics::Registry& registry)
    : DatabaseCounts(registry, "count-organization", kCounted) {}

}  // namespace qinglian::organization
