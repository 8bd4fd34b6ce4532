#include "services/organization/planned_change_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::organization {

using lifecycle::CheckGuard;
using lifecycle::CheckState;
using v1::PlannedChange;

std::string ConcernedBy(const PlannedChange& plan) {
  switch (plan.change_case()) {
    case PlannedChange::kCreate:
      return plan.create().organization().parent();
    case PlannedChange::kUpdate:
      return plan.update().organization().name();
    case PlannedChange::kMove:
      return plan.move().name();
    case PlannedChange::kMerge:
      return plan.merge().name();
    case PlannedChange::kSplit:
      return plan.split().name();
    case PlannedChange::kAbolish:
      return plan.abolish().name();
    case PlannedChange::CHANGE_NOT_SET:
      break;
  }
  return "";
}

absl::Status Plan(PlannedChange& plan, const std::string& planner, absl::CivilDay today) {
  if (plan.change_case() == PlannedChange::CHANGE_NOT_SET) {
    status::FieldViolations violations;
    violations.Add("planned_change.change", "REQUIRED", "one change must be set",
                   "必须指定一种变更");
    return violations.ToStatus();
  }
  ASSIGN_OR_RETURN(const absl::CivilDay day, clock::ToDay(plan.effective_date()));
  RETURN_IF_ERROR(CheckGuard(plan, kPlan, kDayToCome, day > today));
  plan.set_organization(ConcernedBy(plan));
  plan.set_planner(planner);
  plan.set_state(kPlan.to);
  return absl::OkStatus();
}

absl::Status Applied(PlannedChange& plan, const std::string& result) {
  RETURN_IF_ERROR(CheckState(plan, kApplyPlan));
  plan.set_result(result);
  plan.set_state(kApplyPlan.to);
  return absl::OkStatus();
}

absl::Status Failed(PlannedChange& plan, const absl::Status& why) {
  RETURN_IF_ERROR(CheckState(plan, kFailPlan));
  *plan.mutable_failure() = status::ToProto(why);
  plan.set_state(kFailPlan.to);
  return absl::OkStatus();
}

absl::Status Cancel(PlannedChange& plan, const std::string& canceller, const std::string& reason) {
  RETURN_IF_ERROR(CheckState(plan, kCancelPlan));
  plan.set_canceller(canceller);
  plan.set_cancel_reason(reason);
  plan.set_state(kCancelPlan.to);
  return absl::OkStatus();
}

}  // namespace qinglian::organization
