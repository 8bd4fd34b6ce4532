#include "common/calendar/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "common/status/status.h"

namespace qinglian::calendar {
namespace {

using Day = absl::CivilDay;

const Calendar& Embedded() { return Calendar::Embedded(); }

TEST(Calendar, TheEmbeddedYearsAreThoseOfTheStateCouncil) {
  // Holidays and make-up workdays, counted from the notices.
  std::map<int64_t, std::pair<int, int>> counts;
  for (const Row& row : Calendar::EmbeddedRows()) {
    auto& [holidays, workdays] = counts[row.day.year()];
    ++(row.kind == Kind::kHoliday ? holidays : workdays);
  }
  EXPECT_EQ(counts[2025], std::make_pair(28, 5));
  EXPECT_EQ(counts[2026], std::make_pair(33, 6));
  EXPECT_TRUE(Embedded().Knows(2025));
  EXPECT_TRUE(Embedded().Knows(2026));
}

TEST(Calendar, AYearHasTheWorkingDaysThatTheStateCouncilLeaves) {
  // 248 in 2025 and 248 in 2026 follow from the notices and the weeks alone.
  EXPECT_EQ(*Embedded().WorkdaysBetween(Day(2024, 12, 31), Day(2025, 12, 31)), 248);
  EXPECT_EQ(*Embedded().WorkdaysBetween(Day(2025, 12, 31), Day(2026, 12, 31)), 248);
}

TEST(Calendar, HolidaysAreFreeAndMakeUpDaysAreNot) {
  EXPECT_FALSE(*Embedded().IsWorkday(Day(2025, 1, 28)));   // Tuesday, Spring Festival
  EXPECT_TRUE(*Embedded().IsWorkday(Day(2025, 1, 26)));    // Sunday, made up
  EXPECT_TRUE(*Embedded().IsWorkday(Day(2025, 10, 11)));   // Saturday, made up
  EXPECT_FALSE(*Embedded().IsWorkday(Day(2025, 10, 12)));  // Sunday
  EXPECT_FALSE(*Embedded().IsWorkday(Day(2026, 1, 2)));    // Friday, New Year
  EXPECT_TRUE(*Embedded().IsWorkday(Day(2026, 1, 4)));     // Sunday, made up
  EXPECT_TRUE(*Embedded().IsWorkday(Day(2026, 2, 14)));    // Saturday, made up
  EXPECT_FALSE(*Embedded().IsWorkday(Day(2026, 2, 23)));   // Monday, Spring Festival
  EXPECT_TRUE(*Embedded().IsWorkday(Day(2026, 6, 22)));    // an ordinary Monday
}

TEST(Calendar, ATermBeginsTheDayAfter) {
  // Five working days of public notice over the Labour Day holidays, with Saturday 9 May made up.
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 4, 30), 1), Day(2026, 5, 6));
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 4, 30), 5), Day(2026, 5, 11));
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 5, 2), 5), Day(2026, 5, 11));
}

TEST(Calendar, NoDaysLaterIsTheDayItselfOrTheNextWorkingDay) {
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 5, 6), 0), Day(2026, 5, 6));
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 5, 2), 0), Day(2026, 5, 6));
}

TEST(Calendar, DaysBeforeAreCountedBackwards) {
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 5, 6), -1), Day(2026, 4, 30));
  EXPECT_EQ(*Embedded().AddWorkdays(Day(2026, 5, 3), -1), Day(2026, 4, 30));
}

TEST(Calendar, CountingUndoesAdding) {
  for (Day day(2025, 3, 1); day < Day(2026, 10, 1); day += 1) {
    for (const int n : {1, 2, 5, 30}) {
      EXPECT_EQ(*Embedded().WorkdaysBetween(day, *Embedded().AddWorkdays(day, n)), n) << day;
      EXPECT_EQ(*Embedded().WorkdaysBetween(day, *Embedded().AddWorkdays(day, -n)), -n) << day;
    }
    EXPECT_EQ(*Embedded().WorkdaysBetween(day, day), 0);
  }
}

TEST(Calendar, AYearWithoutDataIsAnErrorAndNeverAGuess) {
  for (const absl::Status& error :
       {Embedded().IsWorkday(Day(2031, 1, 6)).status(),
        Embedded().AddWorkdays(Day(2026, 12, 31), 10000).status(),
        Embedded().AddWorkdays(Day(2025, 1, 2), -5).status(),
        Embedded().WorkdaysBetween(Day(2020, 1, 1), Day(2026, 1, 1)).status()}) {
    EXPECT_EQ(error.code(), absl::StatusCode::kOutOfRange);
    EXPECT_EQ(status::ReasonOf(error), "CALENDAR_YEAR_MISSING");
  }
  EXPECT_EQ(status::MetadataOf(Embedded().IsWorkday(Day(2031, 1, 6)).status(), "year"), "2031");
}

TEST(Calendar, ADayOfTheYearBeforeDoesNotMakeThatYearKnown) {
  const auto rows = *ParseCsv("2022-12-31,holiday,元旦\n2023-01-01,holiday,元旦\n");
  const auto calendar = *Calendar::FromRows(rows);
  EXPECT_TRUE(calendar.Knows(2023));
  EXPECT_FALSE(calendar.IsWorkday(Day(2022, 12, 30)).ok());
}

TEST(Calendar, RowsThatContradictAreRefused) {
  const auto reason_of = [](std::vector<Row> rows) {
    return status::ReasonOf(Calendar::FromRows(rows).status());
  };
  EXPECT_EQ(reason_of({{Day(2026, 1, 1), Kind::kHoliday, "元旦"},
                       {Day(2026, 1, 1), Kind::kHoliday, "元旦"}}),
            "CALENDAR_INVALID");
  EXPECT_EQ(reason_of({{Day(2026, 1, 5), Kind::kWorkday, "元旦"}}), "CALENDAR_INVALID");
}

TEST(CalendarCsv, IsReadWithHeadingCommentsAndAnyLineEnd) {
  const auto rows = ParseCsv("# notice\r\ndate,kind,name\r\n\r\n2026-01-04,workday,元旦, 补班\r\n");
  ASSERT_TRUE(rows.ok());
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ((*rows)[0].day, Day(2026, 1, 4));
  EXPECT_EQ((*rows)[0].kind, Kind::kWorkday);
  EXPECT_EQ((*rows)[0].name, "元旦, 补班");
  EXPECT_EQ(KindName((*rows)[0].kind), "workday");
}

TEST(CalendarCsv, AnErrorNamesTheLine) {
  for (const char* line :
       {"2026-01-01,holiday", "2026-02-30,holiday,x", "2026-1-1,holiday,x", "2026-01-01,Holiday,x",
        "2026-01-01,holiday,", ",,", "20260101,holiday,x"}) {
    const absl::Status error = ParseCsv(std::string("date,kind,name\n") + line).status();
    EXPECT_EQ(status::ReasonOf(error), "CALENDAR_INVALID") << line;
    EXPECT_THAT(status::MetadataOf(error, "detail"), testing::StartsWith("line 2: ")) << line;
  }
}

}  // namespace
}  // namespace qinglian::calendar
