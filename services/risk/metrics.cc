#include "services/risk/metrics.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::risk {
namespace {

using Series = std::vector<std::pair<metrics::Values, double>>;

constexpr char kCountPoints[] =
    "SELECT LEFT(o.division, 4), p.inherent_grade, p.state, COUNT(*) FROM risk_points p LEFT JOIN "
    "known_organizations o ON o.id = p.organization WHERE p.delete_time IS NULL GROUP BY 1, 2, 3";
constexpr char kCountReviewsOverdue[] =
    "SELECT LEFT(o.division, 4), p.inherent_grade, COUNT(*) FROM risk_points p LEFT JOIN "
    "known_organizations o ON o.id = p.organization WHERE p.state IN ('STATE_ACTIVE', "
    "'STATE_SUSPENDED') AND p.review_due_date < ? GROUP BY 1, 2";
constexpr char kCountControls[] =
    "SELECT LEFT(o.division, 4), c.state, COUNT(*) FROM controls c LEFT JOIN known_organizations o "
    "ON o.id = c.organization GROUP BY 1, 2";
constexpr char kCountControlsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM controls c LEFT JOIN known_organizations o ON o.id "
    "= c.organization WHERE (c.state IN ('STATE_PLANNED', 'STATE_IN_PROGRESS', 'STATE_ON_HOLD') "
    "AND "
    "c.due_date < ?) OR (c.state = 'STATE_ACTIVE' AND c.next_check_date < ?) GROUP BY 1";

// "STATE_ACTIVE" as "active", "GRADE_UNSPECIFIED" as "unspecified"; a division stays as it is.
std::string LabelOf(std::string_view value) {
  for (const std::string_view prefix : {"STATE_", "GRADE_"}) {
    if (value.substr(0, prefix.size()) == prefix) value.remove_prefix(prefix.size());
  }
  return absl::AsciiStrToLower(absl::string_view(value.data(), value.size()));
}

// The rows of a count: its labels, and the number last.
absl::StatusOr<Series> SeriesOf(mysql::Connection& connection, std::string_view sql,
                                std::initializer_list<mysql::Param> params) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql, params));
  Series series;
  const int last = rows.columns() - 1;
  while (rows.Next()) {
    metrics::Values labels;
    for (int i = 0; i < last; ++i) labels.push_back(LabelOf(rows.Bytes(i)));
    series.emplace_back(std::move(labels), static_cast<double>(rows.Int(last)));
  }
  return series;
}

}  // namespace

RiskMetrics::RiskMetrics(metrics::Registry& registry)
    : points_(registry.DeclareSet(kRiskPointsMetric)),
      reviews_overdue_(registry.DeclareSet(kReviewsOverdueMetric)),
      controls_(registry.DeclareSet(kControlsMetric)),
      controls_overdue_(registry.DeclareSet(kControlsOverdueMetric)) {}

absl::Status RiskMetrics::Count(mysql::Connection& connection, absl::CivilDay today) {
  ASSIGN_OR_RETURN(Series points, SeriesOf(connection, kCountPoints, {}));
  ASSIGN_OR_RETURN(Series reviews, SeriesOf(connection, kCountReviewsOverdue, {today}));
  ASSIGN_OR_RETURN(Series controls, SeriesOf(connection, kCountControls, {}));
  ASSIGN_OR_RETURN(Series overdue, SeriesOf(connection, kCountControlsOverdue, {today, today}));
  points_.Replace(std::move(points));
  reviews_overdue_.Replace(std::move(reviews));
  controls_.Replace(std::move(controls));
  controls_overdue_.Replace(std::move(overdue));
  return absl::OkStatus();
}

serving::ClockTask RiskMetrics::Task(const clock::Clock& business_clock) {
  return {.name = "count-risk",
          .interval = absl::Minutes(1),
          .pass = [this, &business_clock](mysql::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
            return Count(*connection, clock::DayOf(business_clock.Now()));
          }};
}

}  // namespace qinglian::risk
