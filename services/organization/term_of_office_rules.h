// The life of a term of office: CURRENT, then CONCLUDED.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/term_of_office_service.pb.h"

namespace qinglian::organization {

using TermTransition = lifecycle::Transition<v1::TermOfOffice>;

inline constexpr TermTransition kBeginTerm{"create",
                                           lifecycle::OneOf(v1::TermOfOffice::STATE_UNSPECIFIED),
                                           v1::TermOfOffice::STATE_CURRENT};
inline constexpr TermTransition kUpdateTerm{"update",
                                            lifecycle::OneOf(v1::TermOfOffice::STATE_CURRENT)};
inline constexpr TermTransition kExtendTerm{"extend",
                                            lifecycle::OneOf(v1::TermOfOffice::STATE_CURRENT)};
inline constexpr TermTransition kConcludeTerm{"conclude",
                                              lifecycle::OneOf(v1::TermOfOffice::STATE_CURRENT),
                                              v1::TermOfOffice::STATE_CONCLUDED};

inline constexpr status::Guard kNoCurrentTerm{
    "NO_CURRENT_TERM", "the body has no term that lasts; it is concluded first",
    "该单位尚有未结束的任期，须先办理届满"};
inline constexpr status::Guard kDueAfterStart{
    "DUE_AFTER_START", "the term is due after it began, and ten years later at most",
    "届满日期须晚于开始日期，且不超过十年"};
inline constexpr status::Guard kLater{"LATER", "the new last day is later than the old one",
                                      "延期后的届满日期须晚于原日期"};
inline constexpr status::Guard kOneYearMore{"ONE_YEAR_MORE", "a term is put off by a year at most",
                                            "每次延期不得超过一年"};
inline constexpr status::Guard kConcludedInTime{
    "CONCLUDED_IN_TIME", "a term is concluded on a day since it began, and not after today",
    "届满日期不得早于开始日期，也不得晚于今日"};

// `has_current`: the body has another term that lasts. INVALID_ARGUMENT where a date is none, or
// the first lies in the future.
absl::Status Begin(v1::TermOfOffice& term, bool has_current, absl::CivilDay today);
absl::Status Extend(v1::TermOfOffice& term, const v1::ExtendTermOfOfficeRequest& request,
                    absl::Time now);
// `date`: today where not set.
absl::Status Conclude(v1::TermOfOffice& term, const google::type::Date& date,
                      const std::string& reason, absl::CivilDay today);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_TERM_OF_OFFICE_RULES_H_
