// The lifecycle of titles.
#ifndef QINGLIAN_SERVICES_REVIEW_TITLE_RULES_H_
#define QINGLIAN_SERVICES_REVIEW_TITLE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "qinglian/review/v1/application.pb.h"
#include "qinglian/review/v1/programme.pb.h"
#include "qinglian/review/v1/title.pb.h"
#include "services/review/step.h"

namespace qinglian::review {

using TitleTransition = lifecycle::Transition<v1::Title>;

inline constexpr uint32_t kStandingTitleStates =
    lifecycle::OneOf(v1::Title::STATE_ACTIVE, v1::Title::STATE_SUSPENDED);

inline constexpr TitleTransition kConferTitle{
    "confer", lifecycle::OneOf(v1::Title::STATE_UNSPECIFIED), v1::Title::STATE_ACTIVE};
inline constexpr TitleTransition kSuspendTitle{"suspend", lifecycle::OneOf(v1::Title::STATE_ACTIVE),
                                               v1::Title::STATE_SUSPENDED};
inline constexpr TitleTransition kReinstateTitle{
    "reinstate", lifecycle::OneOf(v1::Title::STATE_SUSPENDED), v1::Title::STATE_ACTIVE};
inline constexpr TitleTransition kRevokeTitle{"revoke", kStandingTitleStates,
                                              v1::Title::STATE_REVOKED};
inline constexpr TitleTransition kExpireTitle{"expire", kStandingTitleStates,
                                              v1::Title::STATE_EXPIRED};

inline constexpr status::Guard kConferringSide{
    "CONFERRING_SIDE",
    "the caller works in the organization that confers or below it, and not in the unit",
    "操作人须在授予单位任职，且不得在申报单位任职"};
inline constexpr status::Guard kApplicationConferred{
    "APPLICATION_CONFERRED", "the application is CONFERRED", "申报须已决定授予"};
inline constexpr status::Guard kNotExpired{"NOT_EXPIRED", "its last day has not passed",
                                           "称号有效期已届满"};
inline constexpr status::Guard kUnitHeard{
    "UNIT_HEARD", "the unit was heard, on a day from the conferring to today",
    "撤销前须听取该单位陈述，日期须在授予之后且不晚于今日"};
inline constexpr status::Guard kTimeOver{"TIME_OVER", "its last day has passed",
                                         "称号有效期尚未届满"};

struct ConferTitleFacts {
  // `organizer_side` is the conferring side.
  Step step;
  bool vetoed = false;
  bool open_objection = false;
};

// Each changes the title, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
// The number is given afterwards, when nothing can be refused any more.
absl::Status Confer(v1::Title& title, const v1::Application& application,
                    const v1::Programme& programme, const ConferTitleFacts& facts);
absl::Status Suspend(v1::Title& title, const std::string& cause, const std::string& reason,
                     const Step& step);
absl::Status Reinstate(v1::Title& title, bool vetoed, const std::string& reason, const Step& step);
// TIME_INVALID where the day of the hearing is none.
absl::Status Revoke(v1::Title& title, const v1::Title::Revocation& revocation,
                    const std::string& cause, const std::string& reason, const Step& step);
absl::Status Expire(v1::Title& title, absl::CivilDay today);

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_TITLE_RULES_H_
