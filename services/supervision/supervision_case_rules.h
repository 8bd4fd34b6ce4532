// The lifecycle of cases.
#ifndef QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_RULES_H_
#define QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/calendar/calendar.h"
#include "common/lifecycle/transition.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/supervision/step.h"

namespace qinglian::supervision {

// A case is accepted or declined within this many working days after it was received.
inline constexpr int kAcceptWorkingDays = 5;

using CaseTransition = lifecycle::Transition<v1::SupervisionCase>;

inline constexpr CaseTransition kRegisterCase{
    "register", lifecycle::OneOf(v1::SupervisionCase::STATE_UNSPECIFIED),
    v1::SupervisionCase::STATE_RECEIVED};
inline constexpr CaseTransition kUpdateCase{
    "update",
    lifecycle::OneOf(v1::SupervisionCase::STATE_RECEIVED, v1::SupervisionCase::STATE_ACCEPTED,
                     v1::SupervisionCase::STATE_IN_HANDLING)};
inline constexpr CaseTransition kAcceptCase{"accept",
                                            lifecycle::OneOf(v1::SupervisionCase::STATE_RECEIVED),
                                            v1::SupervisionCase::STATE_ACCEPTED};
inline constexpr CaseTransition kDeclineCase{"decline",
                                             lifecycle::OneOf(v1::SupervisionCase::STATE_RECEIVED),
                                             v1::SupervisionCase::STATE_DECLINED};
inline constexpr CaseTransition kAssignCase{
    "assign",
    lifecycle::OneOf(v1::SupervisionCase::STATE_ACCEPTED, v1::SupervisionCase::STATE_IN_HANDLING),
    v1::SupervisionCase::STATE_IN_HANDLING};
inline constexpr CaseTransition kSubmitOpinion{
    "submit_opinion", lifecycle::OneOf(v1::SupervisionCase::STATE_IN_HANDLING),
    v1::SupervisionCase::STATE_PENDING_DECISION};
// Reaches STATE_PENDING_CLOSURE where the decision orders nothing to be put right.
inline constexpr CaseTransition kDecideCase{
    "decide", lifecycle::OneOf(v1::SupervisionCase::STATE_PENDING_DECISION),
    v1::SupervisionCase::STATE_IN_RECTIFICATION};
inline constexpr CaseTransition kReturnCase{
    "return", lifecycle::OneOf(v1::SupervisionCase::STATE_PENDING_DECISION),
    v1::SupervisionCase::STATE_IN_HANDLING};
inline constexpr CaseTransition kRequestClosure{
    "request_closure", lifecycle::OneOf(v1::SupervisionCase::STATE_IN_RECTIFICATION),
    v1::SupervisionCase::STATE_PENDING_CLOSURE};
inline constexpr CaseTransition kCloseCase{
    "close", lifecycle::OneOf(v1::SupervisionCase::STATE_PENDING_CLOSURE),
    v1::SupervisionCase::STATE_CLOSED};
inline constexpr CaseTransition kReopenCase{"reopen",
                                            lifecycle::OneOf(v1::SupervisionCase::STATE_CLOSED),
                                            v1::SupervisionCase::STATE_IN_HANDLING};

// While it is open.
inline constexpr CaseTransition kRecuse{
    "recuse",
    lifecycle::OneOf(
        v1::SupervisionCase::STATE_RECEIVED, v1::SupervisionCase::STATE_ACCEPTED,
        v1::SupervisionCase::STATE_IN_HANDLING, v1::SupervisionCase::STATE_PENDING_DECISION,
        v1::SupervisionCase::STATE_IN_RECTIFICATION, v1::SupervisionCase::STATE_PENDING_CLOSURE)};

inline constexpr status::Guard kNotActed{
    "NOT_ACTED", "who is recused has neither decided the case nor closed it",
    "被回避人不得已对该事项作出决定或办结"};
inline constexpr status::Guard kHandlersLeft{
    "HANDLERS_LEFT", "a case in handling keeps a handler who is not recused",
    "办理中的事项须至少保留一名未回避的承办人"};
inline constexpr status::Guard kHandlerNotRecused{"HANDLER_NOT_RECUSED", "no handler is recused",
                                                  "承办人不得是已回避的人员"};
inline constexpr status::Guard kActorNotSubject{
    "ACTOR_NOT_SUBJECT", "who takes a step is not the person the case is about",
    "操作人不得是监督事项涉及的人员"};
inline constexpr status::Guard kHandlingOrganizationKnown{
    "HANDLING_ORGANIZATION_KNOWN", "the organization that handles it exists and is active",
    "承办单位须存在且未撤销"};
inline constexpr status::Guard kSubjectOrganizationKnown{"SUBJECT_ORGANIZATION_KNOWN",
                                                         "the organization it is about exists",
                                                         "监督事项涉及的单位须存在"};
inline constexpr status::Guard kJurisdiction{
    "JURISDICTION", "the organization that handles it is not below the one it is about",
    "承办单位不得是被监督单位的下级"};
inline constexpr status::Guard kNotOwnHead{
    "NOT_OWN_HEAD", "it is not about the principal leader of the organization that handles it",
    "涉及本单位主要负责人的事项须移送上一级"};
inline constexpr status::Guard kHandlersAtWork{
    "HANDLERS_AT_WORK", "every handler is known and at work", "承办人须在册在职"};
inline constexpr status::Guard kHandlerNotSubject{"HANDLER_NOT_SUBJECT",
                                                  "no handler is the person the case is about",
                                                  "承办人不得是监督事项涉及的人员"};
inline constexpr status::Guard kActorIsHandler{
    "ACTOR_IS_HANDLER", "the opinion is submitted by a handler", "审核意见须由承办人提交"};
inline constexpr status::Guard kQuorum{"QUORUM", "more than half of the members are present",
                                       "到会人数须超过应到会人数的半数"};
inline constexpr status::Guard kMajority{"MAJORITY", "more than half of all members vote for it",
                                         "赞成票须超过应到会人数的半数"};
inline constexpr status::Guard kVotesAddUp{
    "VOTES_ADD_UP",
    "the votes are as many as the members present, and these no more than there are",
    "各类票数之和须等于到会人数，且到会人数不得多于应到会人数"};
inline constexpr status::Guard kMeetingHeld{
    "MEETING_HELD", "the meeting was not before the case was accepted and is not in the future",
    "会议日期不得早于受理日期，也不得晚于今日"};
inline constexpr status::Guard kNothingToRectify{
    "NOTHING_TO_RECTIFY", "a decision to take no action orders nothing to be put right",
    "予以了结的决定不得同时责令整改"};
inline constexpr status::Guard kDecidedSeverityStands{
    "DECIDED_SEVERITY_STANDS", "a severity that was decided changes by another decision only",
    "已决定的严重程度只能由新的决定变更"};
inline constexpr status::Guard kItemsIssued{
    "ITEMS_ISSUED", "there is a rectification item of what was decided last",
    "须已按最近一次决定下达整改事项"};
inline constexpr status::Guard kItemsEnded{"ITEMS_ENDED",
                                           "every rectification item is closed out or excused",
                                           "全部整改事项须已销号或豁免"};
inline constexpr status::Guard kNewEvidence{
    "NEW_EVIDENCE", "there is evidence that the case did not have", "须有监督事项原来没有的新材料"};

using Digests = google::protobuf::RepeatedPtrField<std::string>;

struct RegisterCaseFacts {
  Step step;
  const calendar::Calendar& calendar;
  bool category_in_use = false;
  // All of the case's evidence.
  bool evidence_stored = false;
};

struct UpdateCaseFacts {
  Step step;
  bool category_in_use = false;
  bool evidence_stored = false;
};

struct AcceptCaseFacts {
  Step step;
  bool handling_known = false;
  bool subject_known = false;
  // Whether the handling organization lies below the subject organization.
  bool handling_below_subject = false;
  // Whether the subject person is the principal leader of the handling organization.
  bool subject_heads_handling = false;
};

// The rectification items of a case, counted under its lock.
struct CaseItems {
  // Open, or ended since the case was decided last: what an earlier decision had put right does
  // not answer a later one.
  int since_decision = 0;
  // Neither closed out nor excused.
  int open = 0;
};

// Whether a case is confirmed: decided with a disposition other than "no action".
bool IsConfirmed(v1::SupervisionCase::Disposition disposition);

// Every digest that a case knows of: its own, its opinions', its decisions', its reopenings'.
std::vector<std::string_view> KnownDigests(const v1::SupervisionCase& supervision_case);

// Each changes the case, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was.

// Fills what the server knows of a new case. Besides: TIME_IN_FUTURE where it was received after
// today; CALENDAR_YEAR_MISSING where the working days after it are not known.
absl::Status Register(v1::SupervisionCase& supervision_case, const RegisterCaseFacts& facts);
// Whether `after`, edited from `before`, may be kept.
absl::Status CheckUpdate(const v1::SupervisionCase& before, const v1::SupervisionCase& after,
                         const UpdateCaseFacts& facts);
// The filing number is given afterwards, when nothing can be refused any more.
absl::Status Accept(v1::SupervisionCase& supervision_case, const AcceptCaseFacts& facts);
absl::Status Decline(v1::SupervisionCase& supervision_case, const std::string& reason,
                     const Step& step);
absl::Status Assign(v1::SupervisionCase& supervision_case,
                    const google::protobuf::RepeatedPtrField<std::string>& handlers,
                    bool handlers_at_work, const Step& step);
absl::Status SubmitOpinion(v1::SupervisionCase& supervision_case,
                           const v1::SupervisionCase::Opinion& opinion, bool evidence_stored,
                           const Step& step);
// TIME_INVALID where the meeting's date is none.
absl::Status Decide(v1::SupervisionCase& supervision_case,
                    const v1::SupervisionCase::Decision& decision, bool evidence_stored,
                    const Step& step);
absl::Status Return(v1::SupervisionCase& supervision_case, const std::string& reason,
                    const Step& step);
absl::Status RequestClosure(v1::SupervisionCase& supervision_case, const std::string& summary,
                            const CaseItems& items, const Step& step);
absl::Status Close(v1::SupervisionCase& supervision_case, const std::string& reason,
                   const CaseItems& items, const Step& step);
// ALREADY_EXISTS where the person is recused.
absl::Status Recuse(v1::SupervisionCase& supervision_case, const std::string& person,
                    const std::string& reason, const Step& step);
absl::Status Reopen(v1::SupervisionCase& supervision_case, const std::string& reason,
                    const Digests& evidence, bool evidence_stored, const Step& step);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_SUPERVISION_CASE_RULES_H_
