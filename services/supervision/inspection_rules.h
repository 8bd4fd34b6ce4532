// The lifecycle of inspections, and the cases that their findings open.
#ifndef QINGLIAN_SERVICES_SUPERVISION_INSPECTION_RULES_H_
#define QINGLIAN_SERVICES_SUPERVISION_INSPECTION_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/lifecycle/transition.h"
#include "qinglian/supervision/v1/inspection.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/supervision/step.h"

namespace qinglian::supervision {

using InspectionTransition = lifecycle::Transition<v1::Inspection>;

inline constexpr InspectionTransition kPlanInspection{
    "plan", lifecycle::OneOf(v1::Inspection::STATE_UNSPECIFIED), v1::Inspection::STATE_PLANNED};
inline constexpr InspectionTransition kUpdateInspection{
    "update", lifecycle::OneOf(v1::Inspection::STATE_PLANNED)};
inline constexpr InspectionTransition kStartInspection{
    "start", lifecycle::OneOf(v1::Inspection::STATE_PLANNED), v1::Inspection::STATE_IN_PROGRESS};
inline constexpr InspectionTransition kRecordFinding{
    "record_finding", lifecycle::OneOf(v1::Inspection::STATE_IN_PROGRESS)};
inline constexpr InspectionTransition kConcludeInspection{
    "conclude", lifecycle::OneOf(v1::Inspection::STATE_IN_PROGRESS),
    v1::Inspection::STATE_CONCLUDED};
inline constexpr InspectionTransition kCancelInspection{
    "cancel", lifecycle::OneOf(v1::Inspection::STATE_PLANNED), v1::Inspection::STATE_CANCELLED};

inline constexpr status::Guard kActorOnTeam{"ACTOR_ON_TEAM", "the caller is on the team",
                                            "操作人须为检查组成员"};
inline constexpr status::Guard kActorLeadsTeam{"ACTOR_LEADS_TEAM", "the caller leads the team",
                                               "操作人须为检查组组长"};
inline constexpr status::Guard kTargetsKnown{"TARGETS_KNOWN", "every target exists",
                                             "被检查单位须存在"};
inline constexpr status::Guard kTeamAtWork{
    "TEAM_AT_WORK", "everybody on the team is known and at work", "检查组成员须在册在职"};
inline constexpr status::Guard kTeamNotOfTarget{
    "TEAM_NOT_OF_TARGET", "nobody on the team holds a post in a target or below it",
    "检查组成员不得在被检查单位任职"};
inline constexpr status::Guard kFoundInScope{
    "FOUND_IN_SCOPE", "the organization is a target of the inspection or below one",
    "发现问题的单位须在检查范围内"};

struct StartInspectionFacts {
  Step step;
  bool targets_known = false;
  bool team_at_work = false;
  // Whether anybody on the team holds a post in a target or below one.
  bool team_of_target = false;
};

struct RecordFindingFacts {
  Step step;
  // Whether the organization it was found in is a target or lies below one.
  bool in_scope = false;
  bool category_in_use = false;
  bool evidence_stored = false;
};

// The leader and the members, each once.
std::vector<std::string> TeamOf(const v1::Inspection& inspection);

// What the fields of an inspection say of each other: FIELDS_INVALID with every fault.
absl::Status CheckConsistency(const v1::Inspection& inspection);

// Each changes the inspection, or answers FAILED_PRECONDITION with the states or the unmet guard
// and leaves it as it was.
absl::Status Plan(v1::Inspection& inspection, const Step& step);
absl::Status CheckUpdate(const v1::Inspection& before, const v1::Inspection& after);
absl::Status Start(v1::Inspection& inspection, const StartInspectionFacts& facts);
// Adds the finding, numbered. The case it opens, if any, is made by CaseOf and its name set
// afterwards. FIELDS_INVALID where it names an item that the checklist does not have.
absl::Status RecordFinding(v1::Inspection& inspection, const v1::Inspection::Finding& finding,
                           const RecordFindingFacts& facts);
absl::Status Conclude(v1::Inspection& inspection, const std::string& conclusion, const Step& step);
absl::Status Cancel(v1::Inspection& inspection, const std::string& reason, const Step& step);

// The case that a finding opens, not yet registered.
v1::SupervisionCase CaseOf(const v1::Inspection& inspection,
                           const v1::Inspection::Finding& finding);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_INSPECTION_RULES_H_
