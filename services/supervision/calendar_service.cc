#include "services/supervision/calendar_service.h"

#include <utility>

#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/supervision/calendar_rules.h"

namespace qinglian::supervision {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{.filter_fields = {"date", "kind"}};
  return listing;
}

}  // namespace

CalendarService::CalendarService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.CalendarService",
               environment.journal) {
  methods_.Read("GetCalendarDay", this, &CalendarService::Get);
  methods_.Read("ListCalendarDays", this, &CalendarService::List);
  methods_.Read("ComputeDeadline", this, &CalendarService::Compute);
  methods_.Create("ImportCalendarDays", this, &CalendarService::Import);
}

absl::StatusOr<v1::CalendarDay> CalendarService::Get(rpc::Call& call, mysql::Connection& connection,
                                                     const v1::GetCalendarDayRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListCalendarDaysResponse> CalendarService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListCalendarDaysRequest& request) {
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListCalendarDaysResponse::mutable_calendar_days);
}

absl::StatusOr<v1::ComputeDeadlineResponse> CalendarService::Compute(
    rpc::Call&, mysql::Connection& connection, const v1::ComputeDeadlineRequest& request) {
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(request.start_date()));
  ASSIGN_OR_RETURN(const calendar::Calendar calendar, store_.Load(connection));
  ASSIGN_OR_RETURN(const absl::CivilDay deadline,
                   calendar.AddWorkdays(start, request.working_days()));
  v1::ComputeDeadlineResponse response;
  *response.mutable_deadline() = clock::ToDate(deadline);
  return response;
}

absl::StatusOr<v1::ImportCalendarDaysResponse> CalendarService::Import(
    journal::Transaction& tx, const v1::ImportCalendarDaysRequest& request) {
  CalendarDays days = request.calendar_days();
  for (v1::CalendarDay& day : days) resource::KeepInput(day);
  RETURN_IF_ERROR(CheckDays(days));
  v1::ImportCalendarDaysResponse response;
  for (const v1::CalendarDay& day : days) RETURN_IF_ERROR(Put(tx, day, response));
  return response;
}

absl::Status CalendarService::Put(journal::Transaction& tx, const v1::CalendarDay& day,
                                  v1::ImportCalendarDaysResponse& response) {
  const absl::StatusOr<v1::CalendarDay> before = store_.Lock(tx, day.name());
  if (absl::IsNotFound(before.status())) {
    response.set_added(response.added() + 1);
    return store_.Insert(tx, day).status();
  }
  if (!before.ok()) return before.status();
  v1::CalendarDay after = *before;
  after.set_kind(day.kind());
  after.set_display_name(day.display_name());
  ASSIGN_OR_RETURN(const v1::CalendarDay written, store_.Update(tx, *before, std::move(after)));
  if (written.etag() == before->etag()) {
    response.set_unchanged(response.unchanged() + 1);
  } else {
    response.set_changed(response.changed() + 1);
  }
  return absl::OkStatus();
}

}  // namespace qinglian::supervision
