// What dashboards see of the review: the metrics of this service beside those of the frame, all
// declared here.
#ifndef QINGLIAN_SERVICES_REVIEW_METRICS_H_
#define QINGLIAN_SERVICES_REVIEW_METRICS_H_

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/clock/clock.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/serving/application.h"

namespace qinglian::review {

// `division` is the first-level division of the province that an organization works for, the first
// four digits of its code (or two for the province itself): for applications and titles that of the
// unit, for objections that of the organization that runs the round. `state` is the name of a value
// without its prefix, lower case.
inline constexpr metrics::GaugeDefinition kRoundsMetric{"review_rounds", "Rounds.", {"state"}};
inline constexpr metrics::GaugeDefinition kApplicationsMetric{
    "review_applications", "Applications.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kTitlesMetric{
    "review_titles", "Titles.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kObjectionsOverdueMetric{
    "review_objections_overdue",
    "Objections that should have been decided before today.",
    {"division"}};

// Thread-safe. The registry outlives it.
class ReviewMetrics {
 public:
  explicit ReviewMetrics(metrics::Registry& registry);

  // Counts once a minute. The clock outlives the task.
  serving::ClockTask Task(const clock::Clock& business_clock);

  // Counts now. Errors are those of the database; the metrics then stay as they were.
  absl::Status Count(mysql::Connection& connection, absl::CivilDay today);

 private:
  metrics::GaugeSet& rounds_;
  metrics::GaugeSet& applications_;
  metrics::GaugeSet& titles_;
  metrics::GaugeSet& objections_overdue_;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_METRICS_H_
