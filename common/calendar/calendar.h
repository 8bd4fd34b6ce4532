// Working days in China: Monday to Friday, less the holidays, plus the make-up workdays that the
// State Council sets for each year in the autumn before.
//
// The arrangement is data. A year is known when its 1 January, always a holiday, is among the rows;
// a question about a day of any other year is OUT_OF_RANGE, reason CALENDAR_YEAR_MISSING with
// metadata `year`, and never a guess.
#ifndef QINGLIAN_COMMON_CALENDAR_CALENDAR_H_
#define QINGLIAN_COMMON_CALENDAR_CALENDAR_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"

namespace qinglian::calendar {

enum class Kind {
  kHoliday,  // nobody works, whatever the day of the week
  kWorkday,  // a Saturday or Sunday on which everybody works
};

// "holiday" or "workday"; INVALID_ARGUMENT, reason CALENDAR_INVALID, for everything else.
absl::StatusOr<Kind> ParseKind(std::string_view text);
std::string_view KindName(Kind kind);

// One day that is not what its day of the week says.
struct Row {
  absl::CivilDay day;
  Kind kind = Kind::kHoliday;
  // The festival, in Chinese.
  std::string name;
};

// Reads `date,kind,name` lines (2026-01-01,holiday,元旦); that heading, blank lines and lines that
// begin with
// '#' do not count. INVALID_ARGUMENT, reason CALENDAR_INVALID, with the line.
absl::StatusOr<std::vector<Row>> ParseCsv(std::string_view text);

// An immutable value; thread-safe.
class Calendar {
 public:
  // INVALID_ARGUMENT, reason CALENDAR_INVALID: a day stands twice, or a make-up workday is not on a
  // weekend.
  static absl::StatusOr<Calendar> FromRows(absl::Span<const Row> rows);

  // The years known when the program was built.
  static const Calendar& Embedded();
  // Its rows, for a service that begins its own table with them.
  static const std::vector<Row>& EmbeddedRows();

  bool Knows(int year) const;
  // OUT_OF_RANGE, as above, for all of these.
  absl::StatusOr<bool> IsWorkday(absl::CivilDay day) const;
  // The n-th working day after `day`, which itself does not count, as terms of law are counted;
  // before it for a negative n. For 0, `day` itself or the next working day where it is none.
  absl::StatusOr<absl::CivilDay> AddWorkdays(absl::CivilDay day, int n) const;
  // How many working days lie after `from` up to and including `to`, so that it undoes AddWorkdays.
  // Where `to` is before `from`: minus the number of those from `to` on and before `from`.
  absl::StatusOr<int> WorkdaysBetween(absl::CivilDay from, absl::CivilDay to) const;

 private:
  absl::flat_hash_map<absl::CivilDay, Kind> days_;
};

}  // namespace qinglian::calendar

#endif  // QINGLIAN_COMMON_CALENDAR_CALENDAR_H_
