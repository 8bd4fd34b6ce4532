// The methods of qinglian.supervision.v1.CalendarService.
#ifndef QINGLIAN_SERVICES_SUPERVISION_CALENDAR_SERVICE_H_
#define QINGLIAN_SERVICES_SUPERVISION_CALENDAR_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/supervision/v1/calendar_service.pb.h"
#include "services/supervision/calendar_store.h"

namespace qinglian::supervision {

// Thread-safe; outlives the server.
class CalendarService {
 public:
  explicit CalendarService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const CalendarStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::CalendarDay> Get(rpc::Call& call, mysql::Connection& connection,
                                      const v1::GetCalendarDayRequest& request);
  absl::StatusOr<v1::ListCalendarDaysResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                    const v1::ListCalendarDaysRequest& request);
  absl::StatusOr<v1::ComputeDeadlineResponse> Compute(rpc::Call& call,
                                                      mysql::Connection& connection,
                                                      const v1::ComputeDeadlineRequest& request);
  absl::StatusOr<v1::ImportCalendarDaysResponse> Import(
      journal::Transaction& tx, const v1::ImportCalendarDaysRequest& request);

  // Adds or changes one day, and counts it.
  absl::Status Put(journal::Transaction& tx, const v1::CalendarDay& day,
                   v1::ImportCalendarDaysResponse& response);

  const serving::Environment& environment_;
  CalendarStore store_;
  resource::Methods methods_;
};

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_CALENDAR_SERVICE_H_
