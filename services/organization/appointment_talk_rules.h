// The life of an appointment talk: PLANNED, then HELD or CANCELLED.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/appointment_talk_service.pb.h"
#include "qinglian/organization/v1/assignment.pb.h"

namespace qinglian::organization {

using TalkTransition = lifecycle::Transition<v1::AppointmentTalk>;

inline constexpr TalkTransition kPlanTalk{"create",
                                          lifecycle::OneOf(v1::AppointmentTalk::STATE_UNSPECIFIED),
                                          v1::AppointmentTalk::STATE_PLANNED};
inline constexpr TalkTransition kHoldTalk{
    "hold", lifecycle::OneOf(v1::AppointmentTalk::STATE_PLANNED), v1::AppointmentTalk::STATE_HELD};
inline constexpr TalkTransition kCancelTalk{"cancel",
                                            lifecycle::OneOf(v1::AppointmentTalk::STATE_PLANNED),
                                            v1::AppointmentTalk::STATE_CANCELLED};

inline constexpr status::Guard kAssignmentCurrent{
    "ASSIGNMENT_CURRENT", "the assignment that the talk is about lasts", "任职须在有效期内"};
inline constexpr status::Guard kNoOtherTalk{
    "NO_OTHER_TALK", "no other talk is planned or was held about the assignment",
    "该任职已有任职谈话"};
inline constexpr status::Guard kAnotherTalks{"ANOTHER_TALKS", "nobody holds the talk with himself",
                                             "谈话人不得为本人"};
inline constexpr status::Guard kHeldInTime{
    "HELD_IN_TIME", "not earlier than a month before the assignment began, and not after today",
    "谈话日期不得早于任职前一个月，也不得晚于今日"};

// Fills what follows from the assignment. `has_other`: another talk is planned or was held about
// it. INVALID_ARGUMENT where the due date is none.
absl::Status Plan(v1::AppointmentTalk& talk, const v1::Assignment& assignment, bool has_other);
absl::Status Hold(v1::AppointmentTalk& talk, const v1::HoldAppointmentTalkRequest& request,
                  const v1::Assignment& assignment, absl::CivilDay today);
absl::Status Cancel(v1::AppointmentTalk& talk, const std::string& reason);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_RULES_H_
