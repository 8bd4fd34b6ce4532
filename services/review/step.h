// What the rules of all resources of this service have in common.
#ifndef QINGLIAN_SERVICES_REVIEW_STEP_H_
#define QINGLIAN_SERVICES_REVIEW_STEP_H_

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/clock/date.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"

namespace qinglian::review {

inline constexpr status::Guard kOrganizerSide{
    "ORGANIZER_SIDE",
    "the caller works in the organization of the programme or below it, and not in the unit that "
    "applies or below that",
    "操作人须在创建项目的主办单位任职，且不得在申报单位任职"};
inline constexpr status::Guard kApplicantSide{
    "APPLICANT_SIDE", "the caller works in the unit or below it", "操作人须在申报单位任职"};
inline constexpr status::Guard kFourEyes{"FOUR_EYES",
                                         "who decides neither proposed, submitted nor handled it",
                                         "决定人不得是提出人、提交人或承办人"};
inline constexpr status::Guard kProgrammeOpen{"PROGRAMME_OPEN", "the programme is OPEN",
                                              "创建项目须处于开放状态"};
inline constexpr status::Guard kNothingRefers{"NOTHING_REFERS", "nothing refers to it",
                                              "仍有其他记录引用，不能删除"};
inline constexpr status::Guard kNoOpenObjection{
    "NO_OPEN_OBJECTION", "no objection is FILED, ADMITTED or INVESTIGATING", "尚有未办结的异议"};
inline constexpr status::Guard kNoVetoCondition{
    "NO_VETO_CONDITION", "none of the veto conditions of the programme holds today",
    "存在一票否决情形（严重问题未办结或整改逾期）"};
inline constexpr status::Guard kNoticeOver{"NOTICE_OVER", "the last day of the notice has passed",
                                           "公示期尚未届满"};

// Who takes a step, on which side he stands, and when by business time.
struct Step {
  lifecycle::Actor actor;
  absl::Time business_now;
  // Whether he, or whom he acts for, works in the organization of the programme or below it, and
  // neither is on the side of the unit that applies where the step is about one.
  bool organizer_side = false;
  // Whether he, or whom he acts for, works in the unit that applies, or below it.
  bool applicant_side = false;

  absl::CivilDay today() const { return clock::DayOf(business_now); }
};

// One guard of a transition, and whether it is met.
struct Condition {
  const status::Guard& guard;
  bool met;
};

// The state first, then the guards in their order: FAILED_PRECONDITION for the first that is
// against it.
template <typename Resource>
absl::Status Check(const Resource& resource, const lifecycle::Transition<Resource>& transition,
                   std::initializer_list<Condition> conditions) {
  if (absl::Status status = lifecycle::CheckState(resource, transition); !status.ok()) {
    return status;
  }
  for (const Condition& condition : conditions) {
    absl::Status status =
        lifecycle::CheckGuard(resource, transition, condition.guard, condition.met);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

// WINDOW_CLOSED with both days where today is not one of them or between.
inline absl::Status CheckWindow(std::string_view resource, std::string_view transition,
                                absl::CivilDay today, absl::CivilDay start, absl::CivilDay end) {
  if (start <= today && today <= end) return absl::OkStatus();
  return status::Error(status::kWindowClosed, {{"resource", std::string(resource)},
                                               {"transition", std::string(transition)},
                                               {"start", absl::FormatCivilTime(start)},
                                               {"end", absl::FormatCivilTime(end)}});
}

// Whether `range` holds `value`.
template <typename Range>
bool Holds(const Range& range, std::string_view value) {
  return std::any_of(range.begin(), range.end(),
                     [value](std::string_view item) { return item == value; });
}

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_STEP_H_
