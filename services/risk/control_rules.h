// The lifecycle of controls.
#ifndef QINGLIAN_SERVICES_RISK_CONTROL_RULES_H_
#define QINGLIAN_SERVICES_RISK_CONTROL_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "qinglian/risk/v1/control.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"

namespace qinglian::risk {

inline constexpr lifecycle::Transition<v1::Control> kCreateControl{
    "create", lifecycle::OneOf(v1::Control::STATE_UNSPECIFIED), v1::Control::STATE_PLANNED};
inline constexpr lifecycle::Transition<v1::Control> kUpdateControl{
    "update", lifecycle::OneOf(v1::Control::STATE_PLANNED, v1::Control::STATE_IN_PROGRESS,
                               v1::Control::STATE_ON_HOLD)};
inline constexpr lifecycle::Transition<v1::Control> kStartControl{
    "start", lifecycle::OneOf(v1::Control::STATE_PLANNED), v1::Control::STATE_IN_PROGRESS};
inline constexpr lifecycle::Transition<v1::Control> kHoldControl{
    "hold", lifecycle::OneOf(v1::Control::STATE_IN_PROGRESS), v1::Control::STATE_ON_HOLD};
inline constexpr lifecycle::Transition<v1::Control> kResumeControl{
    "resume", lifecycle::OneOf(v1::Control::STATE_ON_HOLD), v1::Control::STATE_IN_PROGRESS};
inline constexpr lifecycle::Transition<v1::Control> kCancelControl{
    "cancel", lifecycle::OneOf(v1::Control::STATE_PLANNED, v1::Control::STATE_ON_HOLD),
    v1::Control::STATE_CANCELLED};
inline constexpr lifecycle::Transition<v1::Control> kActivateControl{
    "activate", lifecycle::OneOf(v1::Control::STATE_IN_PROGRESS), v1::Control::STATE_ACTIVE};
inline constexpr lifecycle::Transition<v1::Control> kDegradeControl{
    "degrade", lifecycle::OneOf(v1::Control::STATE_ACTIVE), v1::Control::STATE_DEGRADED};
inline constexpr lifecycle::Transition<v1::Control> kRestoreControl{
    "restore", lifecycle::OneOf(v1::Control::STATE_DEGRADED), v1::Control::STATE_ACTIVE};
inline constexpr lifecycle::Transition<v1::Control> kRetireControl{
    "retire", lifecycle::OneOf(v1::Control::STATE_ACTIVE, v1::Control::STATE_DEGRADED),
    v1::Control::STATE_RETIRED};

inline constexpr status::Guard kPointLive{"POINT_LIVE", "its risk point is not retired",
                                          "所针对的风险点不得已注销"};
inline constexpr status::Guard kVerifierNotOwner{
    "VERIFIER_NOT_OWNER", "who finds it in effect does not own it", "核验人不得是措施责任人"};
inline constexpr status::Guard kEvidenceGiven{
    "EVIDENCE_GIVEN", "evidence shows that it is in effect", "须有证明措施有效的材料"};
inline constexpr status::Guard kDegradationGiven{
    "DEGRADATION_GIVEN", "it is said what took it out of effect", "须说明措施失效的原因类别"};
inline constexpr status::Guard kOtherControlOrReassessment{
    "OTHER_CONTROL_OR_REASSESSMENT",
    "another control is active, or the risk point was reassessed since or is retired",
    "须有其他有效措施，或风险点此后已重新评估或已注销"};

using ControlEvidence = google::protobuf::RepeatedPtrField<v1::Control::Evidence>;

// Who finds a control in effect, and by what.
struct VerifyControlFacts {
  lifecycle::Actor actor;
  absl::Time business_now;
  v1::RiskPoint::State point_state = v1::RiskPoint::STATE_UNSPECIFIED;
};

// Each changes the control, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Create(v1::Control& control, const v1::RiskPoint& point);
absl::Status Start(v1::Control& control, v1::RiskPoint::State point_state);
absl::Status Hold(v1::Control& control, const std::string& reason);
absl::Status Resume(v1::Control& control, v1::RiskPoint::State point_state);
absl::Status Cancel(v1::Control& control, const std::string& reason);
absl::Status Activate(v1::Control& control, const ControlEvidence& evidence,
                      const VerifyControlFacts& facts);
absl::Status Degrade(v1::Control& control, v1::Control::Degradation degradation,
                     const std::string& reason);
absl::Status Restore(v1::Control& control, const ControlEvidence& evidence,
                     const VerifyControlFacts& facts);
// `replaceable`: another control of the point is ACTIVE, or an assessment of the point was approved
// after this one came into effect, or the point is retired.
absl::Status Retire(v1::Control& control, bool replaceable, const std::string& reason);

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_CONTROL_RULES_H_
