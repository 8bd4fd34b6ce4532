// The lifecycle of programmes.
#ifndef QINGLIAN_SERVICES_REVIEW_PROGRAMME_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_PROGRAMME_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "qinglian/review/v1/programme.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using ProgrammeTransition = lifecycle::Transition<v1::Programme>;

inline constexpr ProgrammeTransition kUpdateProgramme{
    "update", lifecycle::OneOf(v1::Programme::STATE_PREPARED)};
inline constexpr ProgrammeTransition kDeleteProgramme{
    "delete", lifecycle::OneOf(v1::Programme::STATE_PREPARED)};
inline constexpr ProgrammeTransition kOpenProgramme{
    "open", lifecycle::OneOf(v1::Programme::STATE_PREPARED, v1::Programme::STATE_CLOSED),
    v1::Programme::STATE_OPEN};
inline constexpr ProgrammeTransition kCloseProgramme{
    "close", lifecycle::OneOf(v1::Programme::STATE_OPEN), v1::Programme::STATE_CLOSED};

inline constexpr status::Guard kNoRoundRunning{
    "NO_ROUND_RUNNING", "every round is DECIDED, ARCHIVED or CANCELLED", "仍有进行中的评选轮次"};

// Each changes the programme, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Open(v1::Programme& programme, const std::string& reason, const Step& step);
absl::Status Close(v1::Programme& programme, const std::string& reason, bool round_running,
                   const Step& step);
absl::Status CheckDelete(const v1::Programme& programme, bool referred_to, const Step& step);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_PROGRAMME_RULES_H_
