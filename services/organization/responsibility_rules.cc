#include "services/organization/responsibility_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {

absl::Status Begin(v1::Responsibility& responsibility, absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(responsibility, kCreateResponsibility));
  ASSIGN_OR_RETURN(const absl::CivilDay start,
                   DayUntil(responsibility.start_date(), today, "responsibility.start_date"));
  *responsibility.mutable_start_date() = clock::ToDate(start);
  responsibility.set_state(kCreateResponsibility.to);
  return absl::OkStatus();
}

absl::Status CheckBearer(const v1::Responsibility& responsibility,
                         const ResponsibilityTransition& transition, const v1::Post& post) {
  return lifecycle::CheckGuard(responsibility, transition, kPostOfOrganization,
                               post.organization() == responsibility.organization() &&
                                   post.state() == v1::Post::STATE_ACTIVE);
}

absl::Status End(v1::Responsibility& responsibility, const std::string& reason,
                 absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(responsibility, kEndResponsibility));
  *responsibility.mutable_end_date() = clock::ToDate(today);
  responsibility.set_end_reason(reason);
  responsibility.set_state(kEndResponsibility.to);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
