// What dashboards see of risk: the metrics of this service beside those of the frame, all declared
// here.
#ifndef QINGLIAN_SERVICES_RISK_METRICS_H_
#define QINGLIAN_SERVICES_RISK_METRICS_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/clock/clock.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/serving/application.h"

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

// Thread-safe. The registry outlives it.
class RiskMetrics {
 public:
  explicit RiskMetrics(metrics::Registry& registry);

  // Counts once a minute. The clock outlives the task.
  serving::ClockTask Task(const clock::Clock& business_clock);

  // Counts now. Errors are those of the database; the metrics then stay as they were.
  absl::Status Count(mysql::Connection& connection, absl::CivilDay today);

 private:
  metrics::GaugeSet& points_;
  metrics::GaugeSet& reviews_overdue_;
  metrics::GaugeSet& controls_;
  metrics::GaugeSet& controls_overdue_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_METRICS_H_
