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
// Never with the division: one case from a tip in one place would show that somebody reported
// there. Warnings (预警) are the cases whose source is `warning`.
inline constexpr metrics::GaugeDefinition kCasesBySourceMetric{
    "supervision_cases_by_source", "Cases, by where they came from.", {"source", "state"}};
inline constexpr metrics::GaugeDefinition kItemsMetric{
    "supervision_rectification_items", "Rectification items.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kItemsOverdueMetric{
    "supervision_rectification_items_overdue",
    "Open rectification items whose deadline was before today.",
    {"division"}};

// Of the last hundred of a division: enough to mean something, and never none where few are closed.
inline constexpr metrics::GaugeDefinition kCaseMedianMetric{
    "supervision_case_close_median_seconds",
    "Median time from the receipt of a case to its closure, in whole days, of the last hundred.",
    {"division"}};
inline constexpr metrics::GaugeDefinition kItemMedianMetric{
    "supervision_rectification_close_median_seconds",
    "Median time from the issue of a rectification item to its close-out, in whole days, of the "
    "last hundred.",
    {"division"}};

// The registry outlives them.
class SupervisionMetrics final : public serving::DatabaseCounts {
 public:
  explicit SupervisionMetrics(metrics::Registry& registry);
};
// Reads all that was ever closed, and that less often.
class SupervisionMedians final : public serving::DatabaseCounts {
 public:
  explicit SupervisionMedians(metrics::Registry& registry);
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_METRICS_H_
