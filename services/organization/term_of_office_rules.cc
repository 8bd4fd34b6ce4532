#include "services/organization/term_of_office_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {

using lifecycle::CheckGuard;
using lifecycle::CheckState;

absl::Status Begin(v1::TermOfOffice& term, bool has_current, absl::CivilDay today) {
  RETURN_IF_ERROR(CheckState(term, kBeginTerm));
  ASSIGN_OR_RETURN(const absl::CivilDay start,
                   DayUntil(term.start_date(), today, "term_of_office.start_date"));
  ASSIGN_OR_RETURN(const absl::CivilDay due, clock::ToDay(term.due_date()));
  RETURN_IF_ERROR(CheckGuard(term, kBeginTerm, kDueAfterStart,
                             due > start && due <= clock::AddMonths(start, 120)));
  RETURN_IF_ERROR(CheckGuard(term, kBeginTerm, kNoCurrentTerm, !has_current));
  term.set_state(kBeginTerm.to);
  return absl::OkStatus();
}

absl::Status Extend(v1::TermOfOffice& term, const v1::ExtendTermOfOfficeRequest& request,
                    absl::Time now) {
  RETURN_IF_ERROR(CheckState(term, kExtendTerm));
  ASSIGN_OR_RETURN(const absl::CivilDay former, clock::ToDay(term.due_date()));
  ASSIGN_OR_RETURN(const absl::CivilDay due, clock::ToDay(request.due_date()));
  RETURN_IF_ERROR(CheckGuard(term, kExtendTerm, kLater, due > former));
  RETURN_IF_ERROR(CheckGuard(term, kExtendTerm, kOneYearMore, due <= clock::AddMonths(former, 12)));
  v1::TermOfOffice::Extension& extension = *term.add_extensions();
  *extension.mutable_former_due_date() = term.due_date();
  *extension.mutable_due_date() = request.due_date();
  extension.set_reason(request.reason());
  extension.set_document_number(request.document_number());
  *extension.mutable_time() = clock::ToTimestamp(now);
  *term.mutable_due_date() = request.due_date();
  return absl::OkStatus();
}

absl::Status Conclude(v1::TermOfOffice& term, const google::type::Date& date,
                      const std::string& reason, absl::CivilDay today) {
  RETURN_IF_ERROR(CheckState(term, kConcludeTerm));
  absl::CivilDay day = today;
  if (!clock::IsUnset(date)) {
    ASSIGN_OR_RETURN(day, clock::ToDay(date));
  }
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(term.start_date()));
  RETURN_IF_ERROR(CheckGuard(term, kConcludeTerm, kConcludedInTime, day >= start && day <= today));
  *term.mutable_conclude_date() = clock::ToDate(day);
  term.set_conclude_reason(reason);
  term.set_state(kConcludeTerm.to);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
