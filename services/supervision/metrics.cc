#include "services/supervision/metrics.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::supervision {
namespace {

using Series = std::vector<std::pair<metrics::Values, double>>;

constexpr char kCountCases[] =
    "SELECT LEFT(o.division, 4), c.severity, c.state, COUNT(*) FROM supervision_cases c LEFT JOIN "
    "known_organizations o ON o.id = c.organization GROUP BY 1, 2, 3";
constexpr char kCountCasesOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM supervision_cases c LEFT JOIN known_organizations o "
    "ON o.id = c.organization WHERE c.state = 'STATE_RECEIVED' AND c.accept_due_date < ? "
    "GROUP BY 1";
constexpr char kCountItems[] =
    "SELECT LEFT(o.division, 4), i.state, COUNT(*) FROM rectification_items i LEFT JOIN "
    "known_organizations o ON o.id = i.organization GROUP BY 1, 2";
constexpr char kCountItemsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM rectification_items i LEFT JOIN known_organizations "
    "o ON o.id = i.organization WHERE i.state NOT IN ('STATE_CLOSED_OUT', 'STATE_EXCUSED') AND "
    "i.deadline < ? GROUP BY 1";

// "STATE_RECEIVED" as "received", "SEVERITY_MINOR" as "minor"; a division stays as it is.
std::string LabelOf(std::string_view value) {
  for (const std::string_view prefix : {"STATE_", "SEVERITY_"}) {
    if (value.substr(0, prefix.size()) == prefix) value.remove_prefix(prefix.size());
  }
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

SupervisionMetrics::SupervisionMetrics(metrics::Registry& registry)
    : cases_(registry.DeclareSet(kCasesMetric)),
      cases_overdue_(registry.DeclareSet(kCasesOverdueMetric)),
      items_(registry.DeclareSet(kItemsMetric)),
      items_overdue_(registry.DeclareSet(kItemsOverdueMetric)) {}

absl::Status SupervisionMetrics::Count(mysql::Connection& connection, absl::CivilDay today) {
  ASSIGN_OR_RETURN(Series cases, SeriesOf(connection, kCountCases, {}));
  ASSIGN_OR_RETURN(Series cases_overdue, SeriesOf(connection, kCountCasesOverdue, {today}));
  ASSIGN_OR_RETURN(Series items, SeriesOf(connection, kCountItems, {}));
  ASSIGN_OR_RETURN(Series items_overdue, SeriesOf(connection, kCountItemsOverdue, {today}));
  cases_.Replace(std::move(cases));
  cases_overdue_.Replace(std::move(cases_overdue));
  items_.Replace(std::move(items));
  items_overdue_.Replace(std::move(items_overdue));
  return absl::OkStatus();
}

serving::ClockTask SupervisionMetrics::Task(const clock::Clock& business_clock) {
  return {.name = "count-supervision",
          .interval = absl::Minutes(1),
          .pass = [this, &business_clock](mysql::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
            return Count(*connection, clock::DayOf(business_clock.Now()));
          }};
}

}  // namespace qinglian::supervision
