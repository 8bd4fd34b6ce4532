// What dashboards see of risk: the metrics of this service beside those of the frame, all declared
// here.
#ifndef QINGLIAN_SERVICES_RISK_METRICS_H_
#define QINGLIAN_SERVICES_RISK_METRICS_H_

#include "common/metrics/metrics.h"
#include "common/serving/database_counts.h"

namespace qinglian::risk {

// `division` is the first-level division of the province that an organization works for, the first
// four digits of its code (or two for the province itself); `grade` and `state` are names of values
// without their prefixes, lower case.
inline constexpr metrics::GaugeDefinition kRiskPointsMetric{
    "risk_points", "Risk points that are not deleted.", {"division", "grade", "state"}};
inline constexpr metrics::GaugeDefinition kReviewsOverdueMetric{
    "risk_reviews_overdue",
    "Risk points in force whose review was due before today.",
    {"division", "grade"}};
inline constexpr metrics::GaugeDefinition kControlsMetric{
    "risk_controls", "Controls of risk points.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kControlsOverdueMetric{
    "risk_controls_overdue",
    "Controls that should have been in effect, or checked again, before today.",
    {"division"}};

class RiskMetrics final : public serving::DatabaseCounts {
 public:
  // The registry outlives it.
  explicit RiskMetrics(metrics::Registry& registry);
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_METRICS_H_
