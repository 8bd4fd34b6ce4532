// What dashboards see of the review: the metrics of this service beside those of the frame, all
// declared here.
#ifndef QINGLIAN_SERVICES_REVIEW_METRICS_H_
#define QINGLIAN_SERVICES_REVIEW_METRICS_H_

#include "common/metrics/metrics.h"
#include "common/serving/database_counts.h"

namespace qinglian::review {

// `division` is the first-level division of the province that an organization works for, the first
// four digits of its code (or two for the province itself): for applications and titles that of the
// unit, for objections that of the organization that runs the round. `state` is the name of a value
// without its prefix, lower case.
inline constexpr metrics::GaugeDefinition kRoundsMetric{"review_rounds", "Rounds.", {"state"}};
// `step`: `submission`, open after the last day for applications; `notice`, not yet decided after
// the last day of the public notice.
inline constexpr metrics::GaugeDefinition kRoundsOverdueMetric{
    "review_rounds_overdue",
    "Rounds that stand at a step whose last day was before today.",
    {"step"}};
inline constexpr metrics::GaugeDefinition kScoreSheetsMetric{
    "review_score_sheets", "Score sheets of the rounds of the latest year.", {"state"}};
inline constexpr metrics::GaugeDefinition kApplicationsMetric{
    "review_applications", "Applications.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kTitlesMetric{
    "review_titles", "Titles.", {"division", "state"}};
inline constexpr metrics::GaugeDefinition kObjectionsOverdueMetric{
    "review_objections_overdue",
    "Objections that should have been decided before today.",
    {"division"}};

class ReviewMetrics final : public serving::DatabaseCounts {
 public:
  // The registry outlives it.
  explicit ReviewMetrics(metrics::Registry& registry);
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_METRICS_H_
