// The rules of the working calendar.
#ifndef QINGLIAN_SERVICES_SUPERVISION_CALENDAR_RULES_H_
#define QINGLIAN_SERVICES_SUPERVISION_CALENDAR_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/calendar/calendar.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "qinglian/supervision/v1/calendar_day.pb.h"

namespace qinglian::supervision {

using CalendarDays = google::protobuf::RepeatedPtrField<v1::CalendarDay>;

// "calendarDays/2025-01-28".
std::string CalendarDayName(absl::CivilDay day);

// Checks every day of an import and sets the names. FIELDS_INVALID with every fault: a date that is
// none, a date that stands twice, a make-up workday that is not on a weekend.
absl::Status CheckDays(CalendarDays& days);

// The row of the arrangement as a resource, and the reverse. A day that follows the week is no row:
// call it for other kinds only.
v1::CalendarDay DayOf(const calendar::Row& row);
calendar::Row RowOf(const v1::CalendarDay& day);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CALENDAR_RULES_H_
