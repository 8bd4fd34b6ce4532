// What the generic store does not know of the working calendar: the calendar as a whole.
#ifndef QINGLIAN_SERVICES_SUPERVISION_CALENDAR_STORE_H_
#define QINGLIAN_SERVICES_SUPERVISION_CALENDAR_STORE_H_

#include "absl/status/statusor.h"
#include "common/calendar/calendar.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/supervision/v1/calendar_day.pb.h"

namespace qinglian::supervision {

// Storage of the days of the calendar. Thread-safe: it holds no state.
class CalendarStore : public resource::Store<v1::CalendarDay> {
 public:
  // The calendar as it is now: some thirty rows a year.
  absl::StatusOr<calendar::Calendar> Load(mysql::Connection& connection) const;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CALENDAR_STORE_H_
