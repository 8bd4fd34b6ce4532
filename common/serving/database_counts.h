// Metrics that are counted in the database: how many there are of what.
#ifndef QINGLIAN_COMMON_SERVING_DATABASE_COUNTS_H_
#define QINGLIAN_COMMON_SERVING_DATABASE_COUNTS_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/clock/clock.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/serving/application.h"

namespace qinglian::serving {

// What was counted: the values of a metric's labels in their order, and a number.
using Series = std::vector<std::pair<metrics::Values, double>>;

// The name of an enum value as a label: without its first word and capitals, STATE_IN_FORCE is
// `in_force`. A division's code has no first word and stays as it is.
std::string LabelOf(std::string_view value);

// One metric and the query that counts it: the values of its labels in their order, by LabelOf, the
// number last.
struct Counted {
  metrics::GaugeDefinition metric;
  std::string_view sql = {};
  // How many places the query has, all of them for the day it is.
  int days = 0;
  // In the place of a query, where counts are kept that no single one reads.
  absl::StatusOr<Series> (*count)(mysql::Connection& connection, absl::CivilDay today) = nullptr;
};

// The counted metrics of a service. Thread-safe. The registry outlives it.
class DatabaseCounts {
 public:
  // `name` is the task's; `counted` holds for ever. `interval`: how old the numbers may be, longer
  // where they cost more.
  DatabaseCounts(metrics::Registry& registry, std::string name, absl::Span<const Counted> counted,
                 absl::Duration interval = absl::Minutes(1));

  // Counts at the start and once an interval. The clock and this outlive the task.
  ClockTask Task(const clock::Clock& business_clock);

  // Counts now. Errors are those of the database; the metrics then stay as they were.
  absl::Status Count(mysql::Connection& connection, absl::CivilDay today);

 private:
  const std::string name_;
  const absl::Span<const Counted> counted_;
  const absl::Duration interval_;
  // Of the same order.
  std::vector<metrics::GaugeSet*> gauges_;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_DATABASE_COUNTS_H_
