#include "services/review/metrics.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::review {
namespace {

using Series = std::vector<std::pair<metrics::Values, double>>;

constexpr char kCountRounds[] =
    "SELECT state, COUNT(*) FROM review_rounds WHERE delete_time IS NULL GROUP BY 1";
constexpr char kCountApplications[] =
    "SELECT LEFT(o.division, 4), a.state, COUNT(*) FROM applications a LEFT JOIN "
    "known_organizations o ON o.id = a.organization WHERE a.delete_time IS NULL GROUP BY 1, 2";
constexpr char kCountTitles[] =
    "SELECT LEFT(o.division, 4), t.state, COUNT(*) FROM titles t LEFT JOIN known_organizations o "
    "ON o.id = t.organization GROUP BY 1, 2";
constexpr char kCountObjectionsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM objections b LEFT JOIN known_organizations o ON "
    "o.id = b.organization WHERE b.state IN ('STATE_ADMITTED', 'STATE_INVESTIGATING') AND "
    "b.decide_due_date < ? GROUP BY 1";

// "STATE_SUBMITTED" as "submitted"; a division stays as it is.
std::string LabelOf(std::string_view value) {
  constexpr std::string_view kPrefix = "STATE_";
  if (value.substr(0, kPrefix.size()) == kPrefix) value.remove_prefix(kPrefix.size());
  return absl::AsciiStrToLower(status::View(value));
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

ReviewMetrics::ReviewMetrics(metrics::Registry& registry)
    : rounds_(registry.DeclareSet(kRoundsMetric)),
      applications_(registry.DeclareSet(kApplicationsMetric)),
      titles_(registry.DeclareSet(kTitlesMetric)),
      objections_overdue_(registry.DeclareSet(kObjectionsOverdueMetric)) {}

absl::Status ReviewMetrics::Count(mysql::Connection& connection, absl::CivilDay today) {
  ASSIGN_OR_RETURN(Series rounds, SeriesOf(connection, kCountRounds, {}));
  ASSIGN_OR_RETURN(Series applications, SeriesOf(connection, kCountApplications, {}));
  ASSIGN_OR_RETURN(Series titles, SeriesOf(connection, kCountTitles, {}));
  ASSIGN_OR_RETURN(Series overdue, SeriesOf(connection, kCountObjectionsOverdue, {today}));
  rounds_.Replace(std::move(rounds));
  applications_.Replace(std::move(applications));
  titles_.Replace(std::move(titles));
  objections_overdue_.Replace(std::move(overdue));
  return absl::OkStatus();
}

serving::ClockTask ReviewMetrics::Task(const clock::Clock& business_clock) {
  return {.name = "count-review",
          .interval = absl::Minutes(1),
          .pass = [this, &business_clock](mysql::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
            return Count(*connection, clock::DayOf(business_clock.Now()));
          }};
}

}  // namespace qinglian::review
