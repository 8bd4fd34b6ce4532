#include "services/supervision/calendar_store.h"

#include <vector>

#include "common/status/macros.h"
#include "services/supervision/calendar_rules.h"

namespace qinglian::supervision {

absl::StatusOr<calendar::Calendar> CalendarStore::Load(mysql::Connection& connection) const {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT date, kind FROM calendar_days WHERE kind IN "
                                    "('KIND_HOLIDAY', 'KIND_MAKE_UP_WORKDAY') ORDER BY date"));
  std::vector<calendar::Row> days;
  while (rows.Next()) {
    days.push_back({.day = rows.Day(0),
                    .kind = rows.Bytes(1) == "KIND_HOLIDAY" ? calendar::Kind::kHoliday
                                                            : calendar::Kind::kWorkday,
                    .name = {}});
  }
  return calendar::Calendar::FromRows(days);
}

}  // namespace qinglian::supervision
