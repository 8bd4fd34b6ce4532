#include "services/risk/control_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::risk {

using v1::Control;
using v1::RiskPoint;

namespace {

// A move for which the state is all that counts.
absl::Status Move(Control& control, const lifecycle::Transition<Control>& transition,
                  const std::string& reason) {
  RETURN_IF_ERROR(lifecycle::CheckState(control, transition));
  control.set_state_reason(reason);
  control.set_state(transition.to);
  return absl::OkStatus();
}

absl::Status MoveWhileLive(Control& control, const lifecycle::Transition<Control>& transition,
                           RiskPoint::State point_state) {
  RETURN_IF_ERROR(lifecycle::CheckState(control, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(control, transition, kPointLive,
                                        point_state != RiskPoint::STATE_RETIRED));
  return Move(control, transition, "");
}

absl::Status Verify(Control& control, const lifecycle::Transition<Control>& transition,
                    const ControlEvidence& evidence, const VerifyControlFacts& facts) {
  RETURN_IF_ERROR(lifecycle::CheckState(control, transition));
  RETURN_IF_ERROR(lifecycle::CheckGuard(control, transition, kVerifierNotOwner,
                                        !facts.actor.Is(control.owner())));
  RETURN_IF_ERROR(lifecycle::CheckGuard(control, transition, kEvidenceGiven, !evidence.empty()));
  RETURN_IF_ERROR(MoveWhileLive(control, transition, facts.point_state));
  *control.mutable_evidence() = evidence;
  control.set_verifier(facts.actor.name);
  control.clear_degradation();
  if (control.check_interval_months() > 0) {
    *control.mutable_next_check_date() = clock::ToDate(
        clock::AddMonths(clock::DayOf(facts.business_now), control.check_interval_months()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Create(Control& control, const RiskPoint& point) {
  RETURN_IF_ERROR(lifecycle::CheckGuard(control, kCreateControl, kPointLive,
                                        point.state() != RiskPoint::STATE_RETIRED));
  control.set_organization(point.organization());
  control.set_state(kCreateControl.to);
  return absl::OkStatus();
}

absl::Status Start(Control& control, RiskPoint::State point_state) {
  return MoveWhileLive(control, kStartControl, point_state);
}

absl::Status Hold(Control& control, const std::string& reason) {
  return Move(control, kHoldControl, reason);
}

absl::Status Resume(Control& control, RiskPoint::State point_state) {
  return MoveWhileLive(control, kResumeControl, point_state);
}

absl::Status Cancel(Control& control, const std::string& reason) {
  return Move(control, kCancelControl, reason);
}

absl::Status Activate(Control& control, const ControlEvidence& evidence,
                      const VerifyControlFacts& facts) {
  RETURN_IF_ERROR(Verify(control, kActivateControl, evidence, facts));
  *control.mutable_activate_time() = clock::ToTimestamp(facts.business_now);
  return absl::OkStatus();
}

absl::Status Degrade(Control& control, Control::Degradation degradation,
                     const std::string& reason) {
  RETURN_IF_ERROR(lifecycle::CheckState(control, kDegradeControl));
  RETURN_IF_ERROR(lifecycle::CheckGuard(control, kDegradeControl, kDegradationGiven,
                                        Control::Degradation_IsValid(degradation) &&
                                            degradation != Control::DEGRADATION_UNSPECIFIED));
  control.set_degradation(degradation);
  control.clear_next_check_date();
  return Move(control, kDegradeControl, reason);
}

absl::Status Restore(Control& control, const ControlEvidence& evidence,
                     const VerifyControlFacts& facts) {
  return Verify(control, kRestoreControl, evidence, facts);
}

absl::Status Retire(Control& control, bool replaceable, const std::string& reason) {
  RETURN_IF_ERROR(lifecycle::CheckState(control, kRetireControl));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(control, kRetireControl, kOtherControlOrReassessment, replaceable));
  control.clear_next_check_date();
  return Move(control, kRetireControl, reason);
}

}  // namespace qinglian::risk
