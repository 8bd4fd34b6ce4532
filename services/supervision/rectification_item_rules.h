// The lifecycle of rectification items.
#ifndef QINGLIAN_SERVICES_SUPERVISION_RECTIFICATION_ITEM_RULES_H_
#define QINGLIAN_SERVICES_SUPERVISION_RECTIFICATION_ITEM_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "common/lifecycle/transition.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "qinglian/supervision/v1/rectification_item.pb.h"
#include "qinglian/supervision/v1/supervision_case.pb.h"
#include "services/supervision/step.h"

namespace qinglian::supervision {

// The deadline where none is set, and the last one there can be: months after the issue.
inline constexpr int kDefaultTermMonths = 6;
inline constexpr int kLongestTermMonths = 12;

using ItemTransition = lifecycle::Transition<v1::RectificationItem>;

// The states in which somebody still has something to put right.
inline constexpr uint32_t kOpenItemStates = lifecycle::OneOf(
    v1::RectificationItem::STATE_ISSUED, v1::RectificationItem::STATE_ACKNOWLEDGED,
    v1::RectificationItem::STATE_PLANNED, v1::RectificationItem::STATE_IN_PROGRESS,
    v1::RectificationItem::STATE_PENDING_VERIFICATION, v1::RectificationItem::STATE_REOPENED);
// The states in which more time may be asked for and granted.
inline constexpr uint32_t kExtensibleItemStates = lifecycle::OneOf(
    v1::RectificationItem::STATE_ACKNOWLEDGED, v1::RectificationItem::STATE_PLANNED,
    v1::RectificationItem::STATE_IN_PROGRESS, v1::RectificationItem::STATE_REOPENED);

inline constexpr ItemTransition kIssueItem{
    "issue", lifecycle::OneOf(v1::RectificationItem::STATE_UNSPECIFIED),
    v1::RectificationItem::STATE_ISSUED};
inline constexpr ItemTransition kAcknowledgeItem{
    "acknowledge", lifecycle::OneOf(v1::RectificationItem::STATE_ISSUED),
    v1::RectificationItem::STATE_ACKNOWLEDGED};
inline constexpr ItemTransition kSubmitPlan{
    "submit_plan",
    lifecycle::OneOf(v1::RectificationItem::STATE_ACKNOWLEDGED,
                     v1::RectificationItem::STATE_PLANNED),
    v1::RectificationItem::STATE_PLANNED};
inline constexpr ItemTransition kStartItem{
    "start",
    lifecycle::OneOf(v1::RectificationItem::STATE_PLANNED, v1::RectificationItem::STATE_REOPENED),
    v1::RectificationItem::STATE_IN_PROGRESS};
inline constexpr ItemTransition kRequestExtension{"request_extension", kExtensibleItemStates};
inline constexpr ItemTransition kApproveExtension{"approve_extension", kExtensibleItemStates};
inline constexpr ItemTransition kRefuseExtension{"refuse_extension", kExtensibleItemStates};
inline constexpr ItemTransition kReviewItem{
    "review", lifecycle::OneOf(v1::RectificationItem::STATE_IN_PROGRESS)};
inline constexpr ItemTransition kApplyCloseout{
    "apply_closeout", lifecycle::OneOf(v1::RectificationItem::STATE_IN_PROGRESS),
    v1::RectificationItem::STATE_PENDING_VERIFICATION};
inline constexpr ItemTransition kAcceptItem{
    "accept", lifecycle::OneOf(v1::RectificationItem::STATE_PENDING_VERIFICATION),
    v1::RectificationItem::STATE_CLOSED_OUT};
inline constexpr ItemTransition kRejectItem{
    "reject", lifecycle::OneOf(v1::RectificationItem::STATE_PENDING_VERIFICATION),
    v1::RectificationItem::STATE_IN_PROGRESS};
inline constexpr ItemTransition kReopenItem{
    "reopen", lifecycle::OneOf(v1::RectificationItem::STATE_CLOSED_OUT),
    v1::RectificationItem::STATE_REOPENED};
inline constexpr ItemTransition kExcuseItem{"excuse", kOpenItemStates,
                                            v1::RectificationItem::STATE_EXCUSED};

inline constexpr status::Guard kCaseInRectification{
    "CASE_IN_RECTIFICATION", "its case is IN_RECTIFICATION", "监督事项须处于整改阶段"};
inline constexpr status::Guard kCaseOpen{"CASE_OPEN", "its case is not closed; reopen that first",
                                         "监督事项已办结的，须先重启监督事项"};
inline constexpr status::Guard kOrganizationKnown{
    "ORGANIZATION_KNOWN", "the organization exists and is active", "责任单位须存在且未撤销"};
inline constexpr status::Guard kIssuerSide{
    "ISSUER_SIDE", "the caller holds a post in the organization that handles the case",
    "操作人须在承办单位任职"};
inline constexpr status::Guard kOrganizationSide{
    "ORGANIZATION_SIDE", "the caller holds a post in the organization that has to put it right",
    "操作人须在责任单位任职"};
inline constexpr status::Guard kHeadAcknowledges{
    "HEAD_ACKNOWLEDGES", "the caller is a principal leader of the organization",
    "须由责任单位主要负责人签字认领"};
inline constexpr status::Guard kDeadlineAhead{"DEADLINE_AHEAD", "the deadline is not before today",
                                              "整改期限不得早于今日"};
inline constexpr status::Guard kWithinOneYear{
    "WITHIN_ONE_YEAR", "the deadline is at most one year after the issue or the reopening",
    "整改期限最长不超过一年"};
inline constexpr status::Guard kResponsibleAtWork{
    "RESPONSIBLE_AT_WORK", "the leader and the person responsible are known and at work",
    "责任领导和责任人须在册在职"};
inline constexpr status::Guard kOfficeKnown{"OFFICE_KNOWN",
                                            "the lead office is the organization or one below it",
                                            "牵头部门须为责任单位或其下级"};
inline constexpr status::Guard kPlanWithinDeadline{
    "PLAN_WITHIN_DEADLINE", "the plan is done by the deadline and not before today",
    "计划完成日期不得早于今日，也不得晚于整改期限"};
inline constexpr status::Guard kBeforeDue{"BEFORE_DUE", "the deadline has not passed",
                                          "须在整改期限届满之前"};
inline constexpr status::Guard kNoExtensionPending{
    "NO_EXTENSION_PENDING", "no other extension waits for a decision", "已有延期申请待审批"};
inline constexpr status::Guard kExtensionPending{
    "EXTENSION_PENDING", "an extension waits for a decision", "没有待审批的延期申请"};
inline constexpr status::Guard kLaterDeadline{
    "LATER_DEADLINE", "the deadline asked for is later than the present one",
    "申请的期限须晚于现有期限"};
inline constexpr status::Guard kReviewerLeads{
    "REVIEWER_LEADS",
    "the caller is a principal leader of the organization, or leads an organization above it, as "
    "the capacity says",
    "审核人须为责任单位主要负责人或其上级单位领导"};
inline constexpr status::Guard kNotReviewedYet{
    "NOT_REVIEWED_YET", "nobody has reviewed it in this capacity", "该层级已审核"};
inline constexpr status::Guard kReviewersDiffer{"REVIEWERS_DIFFER",
                                                "the head and the leader above are two persons",
                                                "本单位主要负责人和上级领导不得为同一人"};
// Double review before a close-out: Honghe.
inline constexpr status::Guard kReviewedTwice{
    "REVIEWED_TWICE",
    "the head of the organization has reviewed it, and a leader above it where there is an "
    "organization above",
    "申请销号前须经本单位主要负责人和上级领导双重审核"};
inline constexpr status::Guard kEvidenceOfEachMeasure{
    "EVIDENCE_OF_EACH_MEASURE", "each measure of the plan has evidence, and nothing else has",
    "每项整改措施都须有佐证材料"};
inline constexpr status::Guard kVerifierOutside{
    "VERIFIER_OUTSIDE", "the verifier holds a post, and none in the organization or below it",
    "验收人须有任职，且不得在责任单位及其下级任职"};
inline constexpr status::Guard kVerifierNotDoer{
    "VERIFIER_NOT_DOER", "who verifies or excuses had no part in putting it right",
    "验收人不得参与整改"};

using Measures = google::protobuf::RepeatedPtrField<v1::RectificationItem::Measure>;
using Evidence = google::protobuf::RepeatedPtrField<v1::RectificationItem::MeasureEvidence>;

struct IssueItemFacts {
  Step step;
  bool organization_known = false;
  bool issuer_side = false;
};

struct RectificationPlan {
  Measures measures;
  std::string responsible_leader;
  std::string responsible_office;
  std::string responsible_person;
  absl::CivilDay date;
};

struct SubmitPlanFacts {
  Step step;
  bool organization_side = false;
  bool responsible_at_work = false;
  bool office_known = false;
};

struct ReviewItemFacts {
  Step step;
  // Whether the actor is a principal leader of the responsible organization.
  bool heads = false;
  // Whether he is a principal leader, or a leader in charge, of an organization above it.
  bool leads_above = false;
};

struct ApplyCloseoutFacts {
  Step step;
  bool organization_side = false;
  // Whether there is an organization above the responsible one.
  bool has_superior = true;
  // Whether each digest is that of evidence that was uploaded.
  bool evidence_stored = false;
};

struct VerifyItemFacts {
  Step step;
  // Whether the actor holds a post, and none in the responsible organization or below it.
  bool outside = false;
};

// Every digest that an item knows of.
std::vector<std::string_view> KnownDigests(const v1::RectificationItem& item);

// Each changes the item, or answers FAILED_PRECONDITION with the states or the unmet guard and
// leaves it as it was. TIME_INVALID where a date is none.
absl::Status Issue(v1::RectificationItem& item, const v1::SupervisionCase& the_case,
                   const IssueItemFacts& facts);
absl::Status Acknowledge(v1::RectificationItem& item, bool is_head, const Step& step);
absl::Status SubmitPlan(v1::RectificationItem& item, const RectificationPlan& plan,
                        const SubmitPlanFacts& facts);
absl::Status Start(v1::RectificationItem& item, bool organization_side, const Step& step);
absl::Status RequestExtension(v1::RectificationItem& item, absl::CivilDay deadline,
                              const std::string& reason, bool organization_side, const Step& step);
absl::Status ApproveExtension(v1::RectificationItem& item, const std::string& reason,
                              bool issuer_side, const Step& step);
absl::Status RefuseExtension(v1::RectificationItem& item, const std::string& reason,
                             bool issuer_side, const Step& step);
absl::Status Review(v1::RectificationItem& item, v1::RectificationItem::Capacity capacity,
                    const std::string& opinion, const ReviewItemFacts& facts);
absl::Status ApplyCloseout(v1::RectificationItem& item, const std::string& summary,
                           const Evidence& evidence, const ApplyCloseoutFacts& facts);
// The number is given afterwards, by SetCloseoutNumber, when nothing can be refused any more.
absl::Status Accept(v1::RectificationItem& item, const std::string& reason,
                    const VerifyItemFacts& facts);
void SetCloseoutNumber(v1::RectificationItem& item, const std::string& number);
absl::Status Reject(v1::RectificationItem& item, const std::string& reason,
                    const VerifyItemFacts& facts);
// `deadline`: unset for the default.
absl::Status Reopen(v1::RectificationItem& item, const std::string& reason,
                    const google::type::Date& deadline, bool case_open,
                    const VerifyItemFacts& facts);
absl::Status Excuse(v1::RectificationItem& item, const std::string& reason, bool issuer_side,
                    const Step& step);

}  // namespace qinglian::supervision

#endif  // QINGLIAN_SERVICES_SUPERVISION_RECTIFICATION_ITEM_RULES_H_
