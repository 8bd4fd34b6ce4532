#include "services/supervision/calendar_rules.h"

#include "common/clock/date.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::supervision {
namespace {

using v1::CalendarDay;

CalendarDay Day(int year, int month, int day, CalendarDay::Kind kind) {
  CalendarDay result;
  result.mutable_date()->set_year(year);
  result.mutable_date()->set_month(month);
  result.mutable_date()->set_day(day);
  result.set_kind(kind);
  return result;
}

TEST(CalendarRules, NamesFollowFromDates) {
  CalendarDays days;
  *days.Add() = Day(2025, 1, 28, CalendarDay::KIND_HOLIDAY);
  ASSERT_TRUE(CheckDays(days).ok());
  EXPECT_EQ(days[0].name(), "calendarDays/2025-01-28");
}

TEST(CalendarRules, EveryFaultOfAnImportIsNamed) {
  CalendarDays days;
  *days.Add() = Day(2025, 2, 30, CalendarDay::KIND_HOLIDAY);
  *days.Add() = Day(2025, 1, 26, CalendarDay::KIND_MAKE_UP_WORKDAY);
  *days.Add() = Day(2025, 1, 26, CalendarDay::KIND_HOLIDAY);
  *days.Add() = Day(2025, 1, 27, CalendarDay::KIND_MAKE_UP_WORKDAY);
  const absl::Status result = CheckDays(days);
  EXPECT_TRUE(status::Is(result, status::kFieldsInvalid));
  for (const char* field :
       {"calendar_days[0].date", "calendar_days[2].date", "calendar_days[3].kind"}) {
    EXPECT_THAT(std::string(result.message()), testing::HasSubstr(field));
  }
}

TEST(CalendarRules, ARowBecomesADayAndTheDayTheRow) {
  for (const calendar::Row& row : calendar::Calendar::EmbeddedRows()) {
    const calendar::Row back = RowOf(DayOf(row));
    EXPECT_EQ(back.day, row.day);
    EXPECT_EQ(back.kind, row.kind);
    EXPECT_EQ(back.name, row.name);
  }
}

}  // namespace
}  // namespace qinglian::supervision
