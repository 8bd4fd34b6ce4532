// Legal dates: google.type.Date, days of China's calendar (Asia/Shanghai, UTC+8 without summer time
// since 1991, taken as a fixed offset so that nothing depends on the machine's zone files).
#ifndef QINGLIAN_COMMON_CLOCK_DATE_H_
#define QINGLIAN_COMMON_CLOCK_DATE_H_

#include <compare>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/clock/clock.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace qinglian::clock {

// UTC+8.
absl::TimeZone China();

// The day in China at `time`, or now.
absl::CivilDay DayOf(absl::Time time);
google::type::Date Today(const Clock& clock);

// The moment `day` begins in China; the day after begins where it ends.
absl::Time StartOf(absl::CivilDay day);

// A date with year, month and day that exists, of the years 1 to 9999; everything else, partial
// dates too, is INVALID_ARGUMENT, reason TIME_INVALID.
absl::StatusOr<absl::CivilDay> ToDay(const google::type::Date& date);
google::type::Date ToDate(absl::CivilDay day);

// By year, month and day. An unset date is before every other.
std::strong_ordering Compare(const google::type::Date& a, const google::type::Date& b);
// All three parts are zero.
bool IsUnset(const google::type::Date& date);

// Dates must be valid. A month later is the same day of the month, or the last where there is none:
// 31 January and one month is 28 or 29 February. Negative numbers go back.
absl::CivilDay AddMonths(absl::CivilDay day, int months);
google::type::Date AddDays(const google::type::Date& date, int days);
google::type::Date AddMonths(const google::type::Date& date, int months);

// Truncated to microseconds. Times outside the years 1 to 9999 are held at those bounds.
google::protobuf::Timestamp ToTimestamp(absl::Time time);
// Truncated to microseconds. A timestamp that is not valid (nanos outside [0, 1e9), years outside 1
// to 9999) is INVALID_ARGUMENT, reason TIME_INVALID.
absl::StatusOr<absl::Time> ToTime(const google::protobuf::Timestamp& timestamp);

}  // namespace qinglian::clock

#endif  // QINGLIAN_COMMON_CLOCK_DATE_H_
