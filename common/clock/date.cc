#include "common/clock/date.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "common/status/status.h"

namespace qinglian::clock {
namespace {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the range of google.protobuf.Timestamp.
constexpr int64_t kMinSeconds = -62'135'596'800;
constexpr int64_t kMaxSeconds = 253'402'300'799;

absl::Status Invalid(const char* field) {
  return status::Error(status::kTimeInvalid, {{"field", field}});
}

}  // namespace

absl::TimeZone China() { return absl::FixedTimeZone(8 * 60 * 60); }

absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, China()); }

google::type::Date Today(const Clock& clock) { return ToDate(DayOf(clock.Now())); }

absl::Time StartOf(absl::CivilDay day) { return absl::FromCivil(day, China()); }

absl::StatusOr<absl::CivilDay> ToDay(const google::type::Date& date) {
  if (date.year() < 1 || date.year() > 9999) return Invalid("date");
  const absl::CivilDay day(date.year(), date.month(), date.day());
  // A civil day normalizes 30 February to 1 or 2 March; what changed did not exist.
  if (day.month() != date.month() || day.day() != date.day()) return Invalid("date");
  return day;
}

google::type::Date ToDate(absl::CivilDay day) {
  google::type::Date date;
  date.set_year(static_cast<int32_t>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::strong_ordering Compare(const google::type::Date& a, const google::type::Date& b) {
  return std::make_tuple(a.year(), a.month(), a.day()) <=>
         std::make_tuple(b.year(), b.month(), b.day());
}

bool IsUnset(const google::type::Date& date) {
  return date.year() == 0 && date.month() == 0 && date.day() == 0;
}

absl::CivilDay AddMonths(absl::CivilDay day, int months) {
  const absl::CivilMonth month = absl::CivilMonth(day) + months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  return absl::CivilDay(month) + (std::min(day.day(), last.day()) - 1);
}

google::type::Date AddDays(const google::type::Date& date, int days) {
  return ToDate(absl::CivilDay(date.year(), date.month(), date.day()) + days);
}

google::type::Date AddMonths(const google::type::Date& date, int months) {
  return ToDate(AddMonths(absl::CivilDay(date.year(), date.month(), date.day()), months));
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  const absl::Time held =
      std::clamp(TruncateToMicros(time), absl::FromUnixSeconds(kMinSeconds),
                 absl::FromUnixSeconds(kMaxSeconds) + absl::Microseconds(999'999));
  const int64_t seconds = absl::ToUnixSeconds(held);
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(held - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

absl::StatusOr<absl::Time> ToTime(const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kMinSeconds || timestamp.seconds() > kMaxSeconds ||
      timestamp.nanos() < 0 || timestamp.nanos() > 999'999'999) {
    return Invalid("timestamp");
  }
  return TruncateToMicros(absl::FromUnixSeconds(timestamp.seconds()) +
                          absl::Nanoseconds(timestamp.nanos()));
}

}  // namespace qinglian::clock
