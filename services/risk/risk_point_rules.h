// The lifecycle of risk points, and what events elsewhere do to their grades and review days.
#ifndef QINGLIAN_SERVICES_RISK_RISK_POINT_RULES_H_
#define QINGLIAN_SERVICES_RISK_RISK_POINT_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "qinglian/risk/v1/risk_assessment.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "services/risk/approval_rules.h"

namespace qinglian::risk {

inline constexpr uint32_t kRiskPointDrafts =
    lifecycle::OneOf(v1::RiskPoint::STATE_DRAFT, v1::RiskPoint::STATE_RETURNED);
inline constexpr uint32_t kRiskPointsInForce =
    lifecycle::OneOf(v1::RiskPoint::STATE_ACTIVE, v1::RiskPoint::STATE_SUSPENDED);

inline constexpr lifecycle::Transition<v1::RiskPoint> kUpdateRiskPoint{"update", kRiskPointDrafts};
inline constexpr lifecycle::Transition<v1::RiskPoint> kDeleteRiskPoint{"delete", kRiskPointDrafts};
inline constexpr lifecycle::Transition<v1::RiskPoint> kSubmitRiskPoint{
    "submit", kRiskPointDrafts, v1::RiskPoint::STATE_PENDING_REVIEW};
inline constexpr lifecycle::Transition<v1::RiskPoint> kApproveRiskPoint{
    "approve", lifecycle::OneOf(v1::RiskPoint::STATE_PENDING_REVIEW), v1::RiskPoint::STATE_ACTIVE};
inline constexpr lifecycle::Transition<v1::RiskPoint> kReturnRiskPoint{
    "return", lifecycle::OneOf(v1::RiskPoint::STATE_PENDING_REVIEW), v1::RiskPoint::STATE_RETURNED};
inline constexpr lifecycle::Transition<v1::RiskPoint> kSuspendRiskPoint{
    "suspend", lifecycle::OneOf(v1::RiskPoint::STATE_ACTIVE), v1::RiskPoint::STATE_SUSPENDED};
inline constexpr lifecycle::Transition<v1::RiskPoint> kRehomeRiskPoint{
    "rehome", lifecycle::OneOf(v1::RiskPoint::STATE_SUSPENDED), v1::RiskPoint::STATE_ACTIVE};
inline constexpr lifecycle::Transition<v1::RiskPoint> kRetireRiskPoint{
    "retire", kRiskPointsInForce, v1::RiskPoint::STATE_RETIRED};

inline constexpr status::Guard kSourceValid{
    "SOURCE_VALID", "its power item is published and has the step, or its post exists, today",
    "所依附的权力事项已公布且含该环节，或岗位今日有效"};
inline constexpr status::Guard kResponsibleResolvable{
    "RESPONSIBLE_RESOLVABLE", "leader, office and person are named and known to the registry",
    "责任领导、责任处室、责任人均已填写且在登记库中"};
inline constexpr status::Guard kAssessmentComplete{
    "ASSESSMENT_COMPLETE", "there is an open assessment of it", "须有待提交的风险评估"};
inline constexpr status::Guard kControlProposed{
    "CONTROL_PROPOSED", "at least one control is proposed", "须至少拟定一项防控措施"};
inline constexpr status::Guard kSupersededInForce{
    "SUPERSEDED_IN_FORCE", "the risk point it supersedes is in force and of the same organization",
    "被更替的风险点须为同一单位且仍有效"};
inline constexpr status::Guard kHomeValid{"HOME_VALID", "the new organization exists",
                                          "新的所属单位须存在"};
inline constexpr status::Guard kNoOpenCase{"NO_OPEN_CASE", "no open case touches it",
                                           "不得有未办结的监督事项涉及该风险点"};
inline constexpr status::Guard kNoOpenRectification{"NO_OPEN_RECTIFICATION",
                                                    "no open rectification item touches it",
                                                    "不得有未销号的整改事项涉及该风险点"};
inline constexpr status::Guard kNoControlStarted{
    "NO_CONTROL_STARTED", "none of its controls has been started", "不得有已启动的防控措施"};

// FIELDS_INVALID where not exactly one of power item, post and institution is set, or a step
// without a power item. Paths begin with `risk_point`.
absl::Status CheckFields(const v1::RiskPoint& point);

// What submitting rests on beside the point.
struct SubmitRiskPointFacts {
  lifecycle::Actor actor;
  bool source_valid = false;
  bool responsible_resolvable = false;
  // There is an assessment that is draft, returned or submitted.
  bool assessment_open = false;
  // There is a control that is neither cancelled nor retired.
  bool control_proposed = false;
  // It supersedes none, or one of its organization in force.
  bool superseded_in_force = false;
};

// What approving rests on beside the point and its assessment.
struct ApproveRiskPointFacts {
  Decider decider{};
  absl::CivilDay today;
  bool source_valid = false;
  bool responsible_resolvable = false;
  // As for submitting: it may have been cancelled meanwhile.
  bool control_proposed = false;
  bool superseded_in_force = false;
};

// What rehoming rests on.
struct RehomeRiskPointFacts {
  // In the new organization.
  Decider decider{};
  bool home_valid = false;
  bool source_valid = false;
  bool responsible_resolvable = false;
};

// What retiring rests on.
struct RetireRiskPointFacts {
  Decider decider{};
  absl::CivilDay today;
  bool open_case = false;
  bool open_rectification = false;
};

// Each changes the point, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.
absl::Status Submit(v1::RiskPoint& point, const SubmitRiskPointFacts& facts);
// `assessment` is the open one of the point; Approve(RiskAssessment&, …) has approved it when this
// one has been approved. The filing number is set by the caller afterwards, so that no number is
// taken by what is refused.
absl::Status Approve(v1::RiskPoint& point, const v1::RiskAssessment* assessment,
                     const ApproveRiskPointFacts& facts);
// `assessment` is the open one of the point, null where there is none.
absl::Status Return(v1::RiskPoint& point, const v1::RiskAssessment* assessment,
                    const Decider& decider, const std::string& reason);
absl::Status Suspend(v1::RiskPoint& point, const std::string& reason);
// `point` already names its new home.
absl::Status Rehome(v1::RiskPoint& point, const RehomeRiskPointFacts& facts);
absl::Status Retire(v1::RiskPoint& point, const RetireRiskPointFacts& facts,
                    const std::string& reason);
// Retires a point in force because `successor` was approved in its place. Cases that touch it do
// not stand in the way: what they found may be why it is replaced.
absl::Status RetireSuperseded(v1::RiskPoint& point, const std::string& successor,
                              absl::CivilDay today);

// Takes the grades and the review days of an approved assessment: the only place that sets
// `next_review_date`.
void ApplyAssessment(v1::RiskPoint& point, const v1::RiskAssessment& assessment);

// Makes a point in force due for review on `today` because of `cause`, a resource name. An earlier
// due day stays. False, and nothing changed, where the point is not in force.
bool MarkDue(v1::RiskPoint& point, v1::RiskPoint::ReviewTrigger trigger, const std::string& cause,
             absl::CivilDay today);

// What a confirmed case does to a point in force (L-1): it is due for review, and both grades rise
// by one step, to HIGH where the case is serious. The residual grade rises too, because the
// controls have just failed to hold. False, and nothing changed, where the point is not in force.
bool RaiseForCase(v1::RiskPoint& point, const std::string& case_name, bool serious,
                  absl::CivilDay today);

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_RISK_POINT_RULES_H_
