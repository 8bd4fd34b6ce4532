// Metrics that are counted in the database: how many there are of what.
#ifndef QINGLIAN_COMMON_SERVING_DATABASE_COUNTS_H_
#define QINGLIAN_COMMON_SERVING_DATABASE_COUNTS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "common/clock/clock.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/serving/application.h"

namespace qinglian::serving {

// One metric and the query that counts it: the values of its labels in their order, the number
// last. Names of enum values lose their first word and their capitals: STATE_IN_FORCE is
// `in_force`.
struct Counted {
  metrics::GaugeDefinition metric;
  std::string_view sql;
  // How many places the query has, all of them for the day it is.
  int days = 0;
};

// The counted metrics of a service. Thread-safe. The registry outlives it.
class DatabaseCounts {
 public:
  // `name` is the task's; `counted` holds for ever.
  DatabaseCounts(metrics::Registry& registry, std::string name, absl::Span<const Counted> counted);

  // Counts at the start and once a minute. The clock and this outlive the task.
  ClockTask Task(const clock::Clock& business_clock);

  // Counts now. Errors are those of the database; the metrics then stay as they were.
  absl::Status Count(mysql::Connection& connection, absl::CivilDay today);

 private:
  const std::string name_;
  const absl::Span<const Counted> counted_;
  // Of the same order.
  std::vector<metrics::GaugeSet*> gauges_;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_DATABASE_COUNTS_H_
