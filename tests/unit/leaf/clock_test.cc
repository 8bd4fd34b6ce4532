#include "common/clock/clock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "common/clock/business_clock.h"
#include "common/clock/date.h"
#include "common/clock/fake_clock.h"
#include "common/status/status.h"

namespace qinglian::clock {
namespace {

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

class DemonstrationClock : public testing::Test {
 protected:
  void SetUp() override { std::remove(path_.c_str()); }
  void TearDown() override { std::remove(path_.c_str()); }

  // Replaces the file as an editor does; each writing has a time of its own, long ago.
  void Write(const std::string& text) {
    const std::string next = path_ + ".next";
    std::ofstream(next) << text;
    ++written_;
    const timespec times[2] = {{written_, 0}, {written_, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, next.c_str(), times, 0), 0);
    ASSERT_EQ(std::rename(next.c_str(), path_.c_str()), 0);
  }
  std::unique_ptr<BusinessClock> Open() { return *BusinessClock::Demonstration(real_, path_); }

  const std::string path_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name();
  time_t written_ = 1'000'000'000;
  FakeClock real_{At("2026-06-01T00:00:00Z")};
};

TEST(SystemClock, TellsWholeMicroseconds) {
  const absl::Time now = SystemClock::Instance().Now();
  EXPECT_EQ(absl::FromUnixMicros(absl::ToUnixMicros(now)), now);
}

TEST(SystemClock, TruncatesTowardsThePast) {
  EXPECT_EQ(TruncateToMicros(absl::FromUnixNanos(1'999)), absl::FromUnixMicros(1));
  EXPECT_EQ(TruncateToMicros(absl::FromUnixNanos(-1)), absl::FromUnixMicros(-1));
}

TEST(BusinessClock, IsRealTimeOutsideADemonstration) {
  FakeClock real(At("2026-06-01T00:00:00Z"));
  const BusinessClock clock(real);
  EXPECT_EQ(clock.Now(), real.Now());
  real.Advance(absl::Hours(1));
  EXPECT_EQ(clock.Now(), At("2026-06-01T01:00:00Z"));
}

TEST_F(DemonstrationClock, IsRealTimeWhereTheFileIsAbsentOrEmpty) {
  EXPECT_EQ(Open()->Now(), real_.Now());
  Write(" \n");
  EXPECT_EQ(Open()->Now(), real_.Now());
}

TEST_F(DemonstrationClock, StandsWhereTheFileSaysUntilItSaysAnother) {
  Write("2026-01-05T08:00:00+08:00\n");
  const auto clock = Open();
  EXPECT_EQ(clock->Now(), At("2026-01-05T00:00:00Z"));
  real_.Advance(absl::Hours(1));
  EXPECT_EQ(clock->Now(), At("2026-01-05T00:00:00Z"));
  Write("2026-02-05T08:00:00.1234567+08:00");
  EXPECT_EQ(clock->Now(), At("2026-02-05T00:00:00.123456Z"));
}

TEST_F(DemonstrationClock, NeverGoesBackwards) {
  Write("2026-03-01T00:00:00Z");
  const auto clock = Open();
  clock->Now();
  Write("2026-02-01T00:00:00Z");
  EXPECT_EQ(clock->Now(), At("2026-03-01T00:00:00Z"));
}

TEST_F(DemonstrationClock, NeverPassesRealTime) {
  Write("2027-01-01T00:00:00Z");
  const auto clock = Open();
  EXPECT_EQ(clock->Now(), real_.Now());
  real_.Advance(absl::Hours(1));
  EXPECT_EQ(clock->Now(), real_.Now());
}

TEST_F(DemonstrationClock, RefusesToBeginWithWhatIsNoTime) {
  for (const char* text : {"tomorrow", "2026-01-05", "infinite-past"}) {
    Write(text);
    EXPECT_EQ(status::ReasonOf(BusinessClock::Demonstration(real_, path_).status()), "TIME_INVALID")
        << text;
  }
}

TEST_F(DemonstrationClock, StandsStillWhileTheFileIsWrongOrBeingRewritten) {
  Write("2026-03-01T00:00:00Z");
  const auto clock = Open();
  EXPECT_EQ(clock->Now(), At("2026-03-01T00:00:00Z"));
  Write("2026-04-");
  EXPECT_EQ(clock->Now(), At("2026-03-01T00:00:00Z"));
  Write("2026-04-01T00:00:00Z");
  EXPECT_EQ(clock->Now(), At("2026-04-01T00:00:00Z"));
  // Empty with a time in the future is what "just now" looks like however slow the test runs.
  Write("");
  const timespec times[2] = {{4'102'444'800, 0}, {4'102'444'800, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, path_.c_str(), times, 0), 0);
  EXPECT_EQ(clock->Now(), At("2026-04-01T00:00:00Z"));
  Write("");
  EXPECT_EQ(clock->Now(), real_.Now());
}

TEST(Date, ADayBeginsAtMidnightInChina) {
  EXPECT_EQ(DayOf(At("2026-01-31T15:59:59Z")), absl::CivilDay(2026, 1, 31));
  EXPECT_EQ(DayOf(At("2026-01-31T16:00:00Z")), absl::CivilDay(2026, 2, 1));
  EXPECT_EQ(StartOf(absl::CivilDay(2026, 2, 1)), At("2026-01-31T16:00:00Z"));
  const google::type::Date today = Today(FakeClock(At("2025-12-31T16:00:00Z")));
  EXPECT_EQ(today.year(), 2026);
  EXPECT_EQ(today.month(), 1);
  EXPECT_EQ(today.day(), 1);
}

TEST(Date, OnlyDaysThatExistAreValid) {
  google::type::Date date = ToDate(absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(*ToDay(date), absl::CivilDay(2024, 2, 29));
  date.set_year(2025);
  EXPECT_EQ(status::ReasonOf(ToDay(date).status()), "TIME_INVALID");
  date.set_day(0);
  EXPECT_FALSE(ToDay(date).ok());
  date.set_day(-1);
  EXPECT_FALSE(ToDay(date).ok());
  EXPECT_FALSE(ToDay(google::type::Date()).ok());
  EXPECT_TRUE(IsUnset(google::type::Date()));
  date = ToDate(absl::CivilDay(9999, 12, 31));
  EXPECT_TRUE(ToDay(date).ok());
  date.set_year(10000);
  EXPECT_FALSE(ToDay(date).ok());
}

TEST(Date, ComparesByYearMonthAndDay) {
  const auto date = [](int y, int m, int d) { return ToDate(absl::CivilDay(y, m, d)); };
  EXPECT_TRUE(Compare(date(2025, 12, 31), date(2026, 1, 1)) < 0);
  EXPECT_TRUE(Compare(date(2026, 2, 1), date(2026, 1, 31)) > 0);
  EXPECT_TRUE(Compare(date(2026, 2, 1), date(2026, 2, 1)) == 0);
  EXPECT_TRUE(Compare(google::type::Date(), date(1, 1, 1)) < 0);
}

TEST(Date, MonthsEndWhereTheMonthEnds) {
  EXPECT_EQ(AddMonths(absl::CivilDay(2026, 1, 31), 1), absl::CivilDay(2026, 2, 28));
  EXPECT_EQ(AddMonths(absl::CivilDay(2024, 1, 31), 1), absl::CivilDay(2024, 2, 29));
  EXPECT_EQ(AddMonths(absl::CivilDay(2024, 2, 29), 12), absl::CivilDay(2025, 2, 28));
  EXPECT_EQ(AddMonths(absl::CivilDay(2026, 3, 15), -3), absl::CivilDay(2025, 12, 15));
  EXPECT_TRUE(Compare(AddDays(ToDate(absl::CivilDay(2026, 12, 31)), 1),
                      ToDate(absl::CivilDay(2027, 1, 1))) == 0);
  EXPECT_TRUE(Compare(AddMonths(ToDate(absl::CivilDay(2026, 12, 31)), 2),
                      ToDate(absl::CivilDay(2027, 2, 28))) == 0);
}

TEST(Timestamp, KeepsMicrosecondsBothWays) {
  const absl::Time time = At("2026-01-05T00:00:00.123456789Z");
  const google::protobuf::Timestamp timestamp = ToTimestamp(time);
  EXPECT_EQ(timestamp.nanos(), 123'456'000);
  EXPECT_EQ(*ToTime(timestamp), At("2026-01-05T00:00:00.123456Z"));
  const absl::Time before = At("1969-12-31T23:59:59.5Z");
  EXPECT_EQ(ToTimestamp(before).seconds(), -1);
  EXPECT_EQ(*ToTime(ToTimestamp(before)), before);
}

TEST(Timestamp, OutsideItsRangeIsHeldOrRefused) {
  EXPECT_TRUE(ToTime(ToTimestamp(absl::InfiniteFuture())).ok());
  EXPECT_TRUE(ToTime(ToTimestamp(absl::InfinitePast())).ok());
  google::protobuf::Timestamp timestamp;
  timestamp.set_nanos(-1);
  EXPECT_EQ(status::ReasonOf(ToTime(timestamp).status()), "TIME_INVALID");
  timestamp.set_nanos(1'000'000'000);
  EXPECT_FALSE(ToTime(timestamp).ok());
  timestamp.set_nanos(0);
  timestamp.set_seconds(253'402'300'800);
  EXPECT_FALSE(ToTime(timestamp).ok());
}

}  // namespace
}  // namespace qinglian::clock
