// The lifecycle of risk assessments.
#ifndef QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_RULES_H_
#define QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_RULES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "qinglian/risk/v1/risk_assessment.pb.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "services/risk/approval_rules.h"
#include "services/risk/scoring.h"

namespace qinglian::risk {

inline constexpr uint32_t kRiskAssessmentDrafts =
    lifecycle::OneOf(v1::RiskAssessment::STATE_DRAFT, v1::RiskAssessment::STATE_RETURNED);
inline constexpr uint32_t kRiskAssessmentsOpen =
    kRiskAssessmentDrafts | lifecycle::OneOf(v1::RiskAssessment::STATE_SUBMITTED);

inline constexpr lifecycle::Transition<v1::RiskAssessment> kCreateRiskAssessment{
    "create", lifecycle::OneOf(v1::RiskAssessment::STATE_UNSPECIFIED),
    v1::RiskAssessment::STATE_DRAFT};
inline constexpr lifecycle::Transition<v1::RiskAssessment> kUpdateRiskAssessment{
    "update", kRiskAssessmentDrafts};
inline constexpr lifecycle::Transition<v1::RiskAssessment> kSubmitRiskAssessment{
    "submit", kRiskAssessmentDrafts, v1::RiskAssessment::STATE_SUBMITTED};
inline constexpr lifecycle::Transition<v1::RiskAssessment> kApproveRiskAssessment{
    "approve", lifecycle::OneOf(v1::RiskAssessment::STATE_SUBMITTED),
    v1::RiskAssessment::STATE_APPROVED};
inline constexpr lifecycle::Transition<v1::RiskAssessment> kReturnRiskAssessment{
    "return", lifecycle::OneOf(v1::RiskAssessment::STATE_SUBMITTED),
    v1::RiskAssessment::STATE_RETURNED};
inline constexpr lifecycle::Transition<v1::RiskAssessment> kWithdrawRiskAssessment{
    "withdraw", kRiskAssessmentsOpen, v1::RiskAssessment::STATE_WITHDRAWN};
inline constexpr lifecycle::Transition<v1::RiskAssessment> kSupersedeRiskAssessment{
    "supersede", lifecycle::OneOf(v1::RiskAssessment::STATE_APPROVED),
    v1::RiskAssessment::STATE_SUPERSEDED};

inline constexpr status::Guard kPointOpen{"POINT_OPEN",
                                          "the risk point is a draft, returned or in force",
                                          "风险点须处于草拟、退回或有效状态"};
inline constexpr status::Guard kOneOpen{"ONE_OPEN", "the risk point has no other open assessment",
                                        "该风险点不得有其他未办结的评估"};
inline constexpr status::Guard kPointInForce{
    "POINT_IN_FORCE",
    "the risk point is in force; a first assessment is decided together with its point",
    "风险点须已生效；首次评估随风险点一并审批"};
inline constexpr status::Guard kPointNotPending{
    "POINT_NOT_PENDING", "the risk point does not wait for approval together with it",
    "风险点不得正与该评估一并待审批"};
inline constexpr status::Guard kScoringModelCurrent{
    "SCORING_MODEL_CURRENT",
    "it was graded by the scoring model in use; update it to grade it anew",
    "须按现行评分模型评级，请更新后重新评级"};
inline constexpr status::Guard kResidualNotAboveInherent{
    "RESIDUAL_NOT_ABOVE_INHERENT", "what remains with controls is not above what is there without",
    "剩余风险不得高于固有风险"};
inline constexpr status::Guard kResidualBacked{
    "RESIDUAL_BACKED", "a residual below the inherent risk needs a control that is active",
    "剩余风险低于固有风险时，须有有效的防控措施"};

// Whether the decider neither made, edited nor submitted it.
bool HadNoPart(const v1::RiskAssessment& assessment, const Decider& decider);

// Fills what follows from the marks: residuals that were not given, both grades, the version of the
// model.
void GradeBy(v1::RiskAssessment& assessment, const Scoring& scoring);

// Checks and fills the trigger against the state of the point: INITIAL for one that was never in
// force, another for one that is; where not given, what made the review due. FIELDS_INVALID where
// it does not fit.
absl::Status ResolveTrigger(v1::RiskAssessment& assessment, const v1::RiskPoint& point);

// What creating rests on: the state of the point, and whether it has an open assessment already.
absl::Status Create(v1::RiskAssessment& assessment, const v1::RiskPoint& point, bool another_open);

// What submitting rests on beside the assessment.
struct SubmitRiskAssessmentFacts {
  lifecycle::Actor actor;
  v1::RiskPoint::State point_state = v1::RiskPoint::STATE_UNSPECIFIED;
  // The version in use.
  std::string scoring_model;
  // The point has a control that is ACTIVE.
  bool active_control = false;
};

// What approving rests on beside the assessment.
struct ApproveRiskAssessmentFacts {
  Decider decider{};
  absl::Time business_now;
  // Of the point before the approval: in force, or PENDING_REVIEW where it is approved in the same
  // moment.
  v1::RiskPoint::State point_state = v1::RiskPoint::STATE_UNSPECIFIED;
  bool active_control = false;
};

// Each changes the assessment, or answers FAILED_PRECONDITION with the states or the unmet guard
// and leaves it as it was.
absl::Status Submit(v1::RiskAssessment& assessment, const SubmitRiskAssessmentFacts& facts);
// Computes the next review date from the inherent grade.
absl::Status Approve(v1::RiskAssessment& assessment, const ApproveRiskAssessmentFacts& facts,
                     const Scoring& scoring);
// As Approve, together with the point that waits for it: POINT_IN_FORCE does not apply.
absl::Status ApproveWithPoint(v1::RiskAssessment& assessment,
                              const ApproveRiskAssessmentFacts& facts, const Scoring& scoring);
absl::Status Return(v1::RiskAssessment& assessment, const Decider& decider,
                    v1::RiskPoint::State point_state, const std::string& reason);
// As Return, together with its point, whose rules have been asked already.
absl::Status ReturnWithPoint(v1::RiskAssessment& assessment, const std::string& reason);
absl::Status Withdraw(v1::RiskAssessment& assessment, v1::RiskPoint::State point_state,
                      const std::string& reason);
absl::Status Supersede(v1::RiskAssessment& assessment);

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_RISK_ASSESSMENT_RULES_H_
