// Who may oversee whom, and the life of such a link: ACTIVE, then ENDED.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/organization.pb.h"
#include "qinglian/organization/v1/oversight_link.pb.h"

namespace qinglian::organization {

using LinkTransition = lifecycle::Transition<v1::OversightLink>;

inline constexpr LinkTransition kBeginLink{"create",
                                           lifecycle::OneOf(v1::OversightLink::STATE_UNSPECIFIED),
                                           v1::OversightLink::STATE_ACTIVE};
inline constexpr LinkTransition kUpdateLink{"update",
                                            lifecycle::OneOf(v1::OversightLink::STATE_ACTIVE)};
inline constexpr LinkTransition kEndLink{"end", lifecycle::OneOf(v1::OversightLink::STATE_ACTIVE),
                                         v1::OversightLink::STATE_ENDED};

inline constexpr status::Guard kTwo{"TWO", "nobody oversees itself", "监督双方不得为同一单位"};
inline constexpr status::Guard kOverseerDispatched{
    "OVERSEER_DISPATCHED",
    "a dispatched group or a discipline inspection commission oversees in this way",
    "派驻监督的监督方须为派驻纪检监察组或纪委监委"};
inline constexpr status::Guard kNotLinked{"NOT_LINKED", "no such link of the two lasts",
                                          "双方已存在同类监督关系"};

struct LinkFacts {
  v1::Organization::Kind overseer_kind = v1::Organization::KIND_UNSPECIFIED;
  // A link of this kind between the two lasts; of peers, either way round.
  bool linked = false;
  absl::CivilDay today;
};

// INVALID_ARGUMENT, reason TIME_IN_FUTURE, where the start date is to come.
absl::Status Begin(v1::OversightLink& link, const LinkFacts& facts);
absl::Status End(v1::OversightLink& link, const std::string& reason, absl::CivilDay today);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_OVERSIGHT_LINK_RULES_H_
