// What dashboards see of supervision: the metrics of this service beside those of the frame, all
// declared here.
#ifndef QINGLIAN_SERVICES_SUPERVISION_METRICS_H_
#define QINGLIAN_SERVICES_SUPERVISION_METRICS_H_

#include "common/metrics/metrics.h"
#include "common/serving/database_counts.h"

namespace qinglian::supervision {

// `division` is the first-level division of the province that an organization works for, the first
// four digits of its code (or two for the province itself): for cases that of the organization that
// handles them, for items that of the one that puts them right. `severity` and `state` are names of
// values without their prefixes, lower case.
inline constexpr metrics::GaugeDefinition kCasesMetric{
    "supervision_cases", "Cases.", {"division", "severity", "state"}};
inline constexpr metrics::GaugeDefinition kCasesOverdueMetric{
    "supervision_cases_overdue",
    "Cases that should have been accepted or declined before today.",
    {"division"}};
inline constexpr metrics::GaugeDefinition kItemsMetric{
    "supervision_rectification_items", "Rectification items.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kItemsOverdueMetric{
    "supervision_rectification_items_overdue",
    "Open rectification items whose deadline was before today.",
    {"division"}};

class SupervisionMetrics final : public serving::DatabaseCounts {
 public:
  // The registry outlives it.
  explicit SupervisionMetrics(metrics::Registry& registry);
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_METRICS_H_
