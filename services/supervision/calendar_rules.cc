#include "services/supervision/calendar_rules.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/clock/date.h"
#include "common/status/status.h"

namespace qinglian::supervision {

using v1::CalendarDay;

std::string CalendarDayName(absl::CivilDay day) {
  return absl::StrCat("calendarDays/", absl::FormatCivilTime(day));
}

absl::Status CheckDays(CalendarDays& days) {
  status::FieldViolations violations;
  std::set<absl::CivilDay> seen;
  for (int i = 0; i < days.size(); ++i) {
    const std::string path = absl::StrCat("calendar_days[", i, "].");
    const auto day = clock::ToDay(days[i].date());
    if (!day.ok()) {
      violations.Add(path + "date", "DATE", "is not a date", "不是有效的日期");
      continue;
    }
    if (!seen.insert(*day).second) {
      violations.Add(path + "date", "REPEATED", "stands twice", "日期重复");
    }
    const absl::Weekday weekday = absl::GetWeekday(*day);
    const bool weekend = weekday == absl::Weekday::saturday || weekday == absl::Weekday::sunday;
    if (days[i].kind() == CalendarDay::KIND_MAKE_UP_WORKDAY && !weekend) {
      violations.Add(path + "kind", "NOT_A_WEEKEND", "is not a Saturday or Sunday",
                     "补班日须为周六或周日");
    }
    days[i].set_name(CalendarDayName(*day));
  }
  return violations.ToStatus();
}

CalendarDay DayOf(const calendar::Row& row) {
  CalendarDay day;
  day.set_name(CalendarDayName(row.day));
  *day.mutable_date() = clock::ToDate(row.day);
  day.set_kind(row.kind == calendar::Kind::kHoliday ? CalendarDay::KIND_HOLIDAY
                                                    : CalendarDay::KIND_MAKE_UP_WORKDAY);
  day.set_display_name(row.name);
  return day;
}

calendar::Row RowOf(const CalendarDay& day) {
  return {.day = absl::CivilDay(day.date().year(), day.date().month(), day.date().day()),
          .kind = day.kind() == CalendarDay::KIND_HOLIDAY ? calendar::Kind::kHoliday
                                                          : calendar::Kind::kWorkday,
          .name = day.display_name()};
}

}  // namespace qinglian::supervision
