#include "common/calendar/calendar.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/calendar/embedded.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::calendar {
namespace {

constexpr absl::string_view kHeading = "date,kind,name";

absl::Status Invalid(std::string detail) {
  return status::Error(status::kCalendarInvalid, {{"detail", std::move(detail)}});
}

bool IsWeekend(absl::CivilDay day) {
  const absl::Weekday weekday = absl::GetWeekday(day);
  return weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
}

absl::StatusOr<Row> ParseRow(absl::string_view line) {
  const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(',', 2));
  if (parts.size() != 3) return Invalid("not date,kind,name");
  Row row;
  // Only the canonical form, so that 2026-1-1 and 2026-01-01 cannot both stand for a day.
  if (!absl::ParseCivilTime(parts[0], &row.day) || absl::FormatCivilTime(row.day) != parts[0]) {
    return Invalid("not a date");
  }
  ASSIGN_OR_RETURN(row.kind, ParseKind(parts[1]));
  row.name = parts[2];
  if (row.name.empty()) return Invalid("no name");
  return row;
}

// The data files are part of the program: that they are right is what its tests hold.
template <typename T>
T Certain(absl::StatusOr<T> value) {
  if (!value.ok()) std::abort();
  return *std::move(value);
}

}  // namespace

absl::StatusOr<Kind> ParseKind(std::string_view text) {
  if (text == "holiday") return Kind::kHoliday;
  if (text == "workday") return Kind::kWorkday;
  return Invalid("kind is neither holiday nor workday");
}

std::string_view KindName(Kind kind) { return kind == Kind::kHoliday ? "holiday" : "workday"; }

absl::StatusOr<std::vector<Row>> ParseCsv(std::string_view text) {
  std::vector<Row> rows;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(status::View(text), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#' || line == kHeading) continue;
    absl::StatusOr<Row> row = ParseRow(line);
    if (!row.ok()) {
      return Invalid(
          absl::StrCat("line ", number, ": ", status::MetadataOf(row.status(), "detail")));
    }
    rows.push_back(*std::move(row));
  }
  return rows;
}

absl::StatusOr<Calendar> Calendar::FromRows(absl::Span<const Row> rows) {
  Calendar calendar;
  for (const Row& row : rows) {
    const std::string day = absl::FormatCivilTime(row.day);
    if (row.kind == Kind::kWorkday && !IsWeekend(row.day)) {
      return Invalid(absl::StrCat(day, " is a workday by itself"));
    }
    if (!calendar.days_.emplace(row.day, row.kind).second) {
      return Invalid(absl::StrCat(day, " stands twice"));
    }
  }
  return calendar;
}

const Calendar& Calendar::Embedded() {
  static const Calendar* const calendar = new Calendar(Certain(FromRows(EmbeddedRows())));
  return *calendar;
}

const std::vector<Row>& Calendar::EmbeddedRows() {
  static const std::vector<Row>* const rows = [] {
    auto* all = new std::vector<Row>();
    for (const std::string_view year : EmbeddedYears()) {
      for (Row& row : Certain(ParseCsv(year))) all->push_back(std::move(row));
    }
    return all;
  }();
  return *rows;
}

bool Calendar::Knows(int year) const {
  const auto new_year = days_.find(absl::CivilDay(year, 1, 1));
  return new_year != days_.end() && new_year->second == Kind::kHoliday;
}

absl::StatusOr<bool> Calendar::IsWorkday(absl::CivilDay day) const {
  if (!Knows(static_cast<int>(day.year()))) {
    return status::Error(status::kCalendarYearMissing, {{"year", absl::StrCat(day.year())}});
  }
  const auto found = days_.find(day);
  return found == days_.end() ? !IsWeekend(day) : found->second == Kind::kWorkday;
}

absl::StatusOr<absl::CivilDay> Calendar::AddWorkdays(absl::CivilDay day, int n) const {
  const int step = n < 0 ? -1 : 1;
  // For 0 the day itself is the first candidate, otherwise the one after it.
  absl::CivilDay candidate = n == 0 ? day : day + step;
  int left = n == 0 ? 1 : n;
  while (true) {
    ASSIGN_OR_RETURN(const bool workday, IsWorkday(candidate));
    if (workday) left -= step;
    if (left == 0) return candidate;
    candidate += step;
  }
}

absl::StatusOr<int> Calendar::WorkdaysBetween(absl::CivilDay from, absl::CivilDay to) const {
  const bool backwards = to < from;
  if (backwards) std::swap(from, to);
  absl::CivilDay first = backwards ? from : from + 1;
  const absl::CivilDay last = backwards ? to - 1 : to;
  int count = 0;
  for (; first <= last; ++first) {
    ASSIGN_OR_RETURN(const bool workday, IsWorkday(first));
    if (workday) ++count;
  }
  return backwards ? -count : count;
}

}  // namespace qinglian::calendar
