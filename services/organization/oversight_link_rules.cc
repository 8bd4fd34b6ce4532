#include "services/organization/oversight_link_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "services/organization/organization_rules.h"

namespace qinglian::organization {

using lifecycle::CheckGuard;
using lifecycle::CheckState;

absl::Status Begin(v1::OversightLink& link, const LinkFacts& facts) {
  RETURN_IF_ERROR(CheckState(link, kBeginLink));
  RETURN_IF_ERROR(CheckGuard(link, kBeginLink, kTwo, link.overseer() != link.overseen()));
  const bool dispatched =
      facts.overseer_kind == v1::Organization::KIND_DISPATCHED_GROUP ||
      facts.overseer_kind == v1::Organization::KIND_DISCIPLINE_INSPECTION_COMMISSION;
  RETURN_IF_ERROR(CheckGuard(link, kBeginLink, kOverseerDispatched,
                             dispatched || link.kind() != v1::OversightLink::KIND_DISPATCHED));
  RETURN_IF_ERROR(CheckGuard(link, kBeginLink, kNotLinked, !facts.linked));
  ASSIGN_OR_RETURN(const absl::CivilDay start,
                   DayUntil(link.start_date(), facts.today, "oversight_link.start_date"));
  *link.mutable_start_date() = clock::ToDate(start);
  link.set_state(kBeginLink.to);
  return absl::OkStatus();
}

absl::Status End(v1::OversightLink& link, const std::string& reason, absl::CivilDay today) {
  RETURN_IF_ERROR(CheckState(link, kEndLink));
  *link.mutable_end_date() = clock::ToDate(today);
  link.set_end_reason(reason);
  link.set_state(kEndLink.to);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
