#include "common/serving/database_counts.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/text.h"

namespace qinglian::serving {
namespace {

absl::StatusOr<Series> SeriesOf(mysql::Connection& connection, const Counted& counted,
                                absl::CivilDay today) {
  if (counted.count != nullptr) return counted.count(connection, today);
  const std::vector<mysql::Param> days(static_cast<size_t>(counted.days), mysql::Param(today));
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(counted.sql, days));
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

std::string LabelOf(std::string_view value) {
  const size_t word = value.find('_');
  if (word != value.npos) value.remove_prefix(word + 1);
  return absl::AsciiStrToLower(status::View(value));
}

DatabaseCounts::DatabaseCounts(metrics::Registry& registry, std::string name,
                               absl::Span<const Counted> counted, absl::Duration interval)
    : name_(std::move(name)), counted_(counted), interval_(interval) {
  for (const Counted& one : counted_) gauges_.push_back(&registry.DeclareSet(one.metric));
}

ClockTask DatabaseCounts::Task(const clock::Clock& business_clock) {
  return {.name = name_,
          .interval = interval_,
          .pass = [this, &business_clock](mysql::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
            return Count(*connection, clock::DayOf(business_clock.Now()));
          }};
}

absl::Status DatabaseCounts::Count(mysql::Connection& connection, absl::CivilDay today) {
  std::vector<Series> all;
  for (const Counted& one : counted_) {
    ASSIGN_OR_RETURN(all.emplace_back(), SeriesOf(connection, one, today));
  }
  for (size_t i = 0; i < all.size(); ++i) gauges_[i]->Replace(std::move(all[i]));
  return absl::OkStatus();
}

}  // namespace qinglian::serving
