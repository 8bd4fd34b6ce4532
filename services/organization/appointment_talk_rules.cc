#include "services/organization/appointment_talk_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::organization {

using lifecycle::CheckGuard;
using lifecycle::CheckState;

absl::Status Plan(v1::AppointmentTalk& talk, const v1::Assignment& assignment, bool has_other) {
  RETURN_IF_ERROR(CheckState(talk, kPlanTalk));
  RETURN_IF_ERROR(CheckGuard(talk, kPlanTalk, kAssignmentCurrent,
                             assignment.state() == v1::Assignment::STATE_CURRENT));
  RETURN_IF_ERROR(CheckGuard(talk, kPlanTalk, kNoOtherTalk, !has_other));
  if (clock::IsUnset(talk.due_date())) {
    *talk.mutable_due_date() = clock::AddMonths(assignment.start_date(), 1);
  }
  RETURN_IF_ERROR(clock::ToDay(talk.due_date()).status());
  talk.set_person(assignment.person());
  talk.set_organization(assignment.organization());
  talk.set_state(kPlanTalk.to);
  return absl::OkStatus();
}

absl::Status Hold(v1::AppointmentTalk& talk, const v1::HoldAppointmentTalkRequest& request,
                  const v1::Assignment& assignment, absl::CivilDay today) {
  RETURN_IF_ERROR(CheckState(talk, kHoldTalk));
  RETURN_IF_ERROR(CheckGuard(talk, kHoldTalk, kAnotherTalks, request.talker() != talk.person()));
  absl::CivilDay day = today;
  if (!clock::IsUnset(request.held_date())) {
    ASSIGN_OR_RETURN(day, clock::ToDay(request.held_date()));
  }
  ASSIGN_OR_RETURN(const absl::CivilDay start, clock::ToDay(assignment.start_date()));
  RETURN_IF_ERROR(
      CheckGuard(talk, kHoldTalk, kHeldInTime, day >= clock::AddMonths(start, -1) && day <= today));
  *talk.mutable_held_date() = clock::ToDate(day);
  talk.set_talker(request.talker());
  talk.set_record_digest(request.record_digest());
  talk.set_state(kHoldTalk.to);
  return absl::OkStatus();
}

absl::Status Cancel(v1::AppointmentTalk& talk, const std::string& reason) {
  RETURN_IF_ERROR(CheckState(talk, kCancelTalk));
  talk.set_cancel_reason(reason);
  talk.set_state(kCancelTalk.to);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
