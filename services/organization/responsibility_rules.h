// The life of a line of a responsibility list: ACTIVE, then ENDED.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "qinglian/organization/v1/post.pb.h"
#include "qinglian/organization/v1/responsibility.pb.h"

namespace qinglian::organization {

using ResponsibilityTransition = lifecycle::Transition<v1::Responsibility>;

inline constexpr ResponsibilityTransition kCreateResponsibility{
    "create", lifecycle::OneOf(v1::Responsibility::STATE_UNSPECIFIED),
    v1::Responsibility::STATE_ACTIVE};
inline constexpr ResponsibilityTransition kUpdateResponsibility{
    "update", lifecycle::OneOf(v1::Responsibility::STATE_ACTIVE)};
inline constexpr ResponsibilityTransition kEndResponsibility{
    "end", lifecycle::OneOf(v1::Responsibility::STATE_ACTIVE), v1::Responsibility::STATE_ENDED};

inline constexpr status::Guard kPostOfOrganization{
    "POST_OF_ORGANIZATION", "the post that answers is one of the organization's own, and exists",
    "责任岗位须为本单位现有岗位"};

// Begins a responsibility today or on its start date. INVALID_ARGUMENT, reason TIME_IN_FUTURE,
// where that is to come.
absl::Status Begin(v1::Responsibility& responsibility, absl::CivilDay today);

// Whether `post` can answer for it.
absl::Status CheckBearer(const v1::Responsibility& responsibility,
                         const ResponsibilityTransition& transition, const v1::Post& post);

absl::Status End(v1::Responsibility& responsibility, const std::string& reason,
                 absl::CivilDay today);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_RULES_H_
