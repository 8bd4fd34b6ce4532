#include "services/supervision/rectification_item_rules.h"

#include <algorithm>
#include <set>

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::supervision {

using lifecycle::CheckGuard;
using lifecycle::CheckState;
using v1::RectificationItem;
using v1::SupervisionCase;

namespace {

// A deadline for a term that begins on `start`: `wanted`, or the default where it is not set.
absl::StatusOr<absl::CivilDay> DeadlineOf(const RectificationItem& item,
                                          const ItemTransition& transition,
                                          const google::type::Date& wanted, absl::CivilDay start) {
  if (clock::IsUnset(wanted)) return clock::AddMonths(start, kDefaultTermMonths);
  ASSIGN_OR_RETURN(const absl::CivilDay deadline, clock::ToDay(wanted));
  RETURN_IF_ERROR(CheckGuard(item, transition, kDeadlineAhead, deadline >= start));
  RETURN_IF_ERROR(CheckGuard(item, transition, kWithinOneYear,
                             deadline <= clock::AddMonths(start, kLongestTermMonths)));
  return deadline;
}

void SetTerm(RectificationItem& item, absl::CivilDay start, absl::CivilDay deadline) {
  *item.mutable_deadline() = clock::ToDate(deadline);
  *item.mutable_deadline_limit() = clock::ToDate(clock::AddMonths(start, kLongestTermMonths));
}

bool Due(const RectificationItem& item, absl::CivilDay today) {
  return clock::Compare(clock::ToDate(today), item.deadline()) > 0;
}

void NoteParticipant(RectificationItem& item, const Step& step) {
  for (const std::string& person : {step.actor.name, step.actor.acting_for}) {
    if (!person.empty() && !Holds(item.participants(), person)) item.add_participants(person);
  }
}

// Whether the actor had a part in putting the item right.
bool IsDoer(const RectificationItem& item, const Step& step) {
  const lifecycle::Actor& actor = step.actor;
  return !actor.IsNoneOf({item.responsible_leader(), item.responsible_person(), item.acknowledger(),
                          item.planner()}) ||
         !actor.IsNoneOf(item.participants()) ||
         std::any_of(item.closeouts().begin(), item.closeouts().end(),
                     [&](const auto& closeout) { return actor.Is(closeout.applicant()); });
}

absl::Status CheckVerifier(const RectificationItem& item, const ItemTransition& transition,
                           const VerifyItemFacts& facts) {
  RETURN_IF_ERROR(CheckState(item, transition));
  RETURN_IF_ERROR(CheckGuard(item, transition, kVerifierNotDoer, !IsDoer(item, facts.step)));
  return CheckGuard(item, transition, kVerifierOutside, facts.outside);
}

void Verify(RectificationItem& item, RectificationItem::Verdict verdict, const std::string& reason,
            const Step& step) {
  RectificationItem::Closeout& closeout =
      item.closeouts().empty() ? *item.add_closeouts() : *item.mutable_closeouts()->rbegin();
  closeout.set_verdict(verdict);
  closeout.set_verifier(step.actor.name);
  closeout.set_verify_reason(reason);
  *closeout.mutable_verify_time() = clock::ToTimestamp(step.business_now);
}

// The extension that waits for a decision; null where none does.
RectificationItem::Extension* Pending(RectificationItem& item) {
  if (!item.extension_pending() || item.extensions().empty()) return nullptr;
  return &*item.mutable_extensions()->rbegin();
}

absl::StatusOr<RectificationItem::Extension*> CheckDecider(RectificationItem& item,
                                                           const ItemTransition& transition,
                                                           bool issuer_side, const Step& step) {
  RETURN_IF_ERROR(CheckState(item, transition));
  RectificationItem::Extension* pending = Pending(item);
  RETURN_IF_ERROR(CheckGuard(item, transition, kExtensionPending, pending != nullptr));
  RETURN_IF_ERROR(CheckGuard(item, transition, kFourEyes,
                             step.actor.IsNoneOf({pending->requester(), pending->acting_for()})));
  RETURN_IF_ERROR(CheckGuard(item, transition, kIssuerSide, issuer_side));
  return pending;
}

void DecideExtension(RectificationItem& item, RectificationItem::Extension& extension,
                     RectificationItem::Verdict verdict, const std::string& reason,
                     const Step& step) {
  extension.set_verdict(verdict);
  extension.set_decider(step.actor.name);
  extension.set_decide_reason(reason);
  *extension.mutable_decide_time() = clock::ToTimestamp(step.business_now);
  item.set_extension_pending(false);
}

void End(RectificationItem& item, const Step& step) {
  *item.mutable_end_date() = clock::ToDate(step.today());
  // Nobody needs more time for what has ended.
  item.set_extension_pending(false);
}

// Whether each of `count` measures has evidence, once, and nothing else has.
bool CoversMeasures(const Evidence& evidence, int count) {
  std::set<int> covered;
  for (const auto& one : evidence) {
    if (one.measure() < 1 || one.measure() > count || one.evidence_digests().empty()) return false;
    if (!covered.insert(one.measure()).second) return false;
  }
  return static_cast<int>(covered.size()) == count;
}

}  // namespace

std::vector<std::string_view> KnownDigests(const RectificationItem& item) {
  std::vector<std::string_view> known;
  for (const auto& closeout : item.closeouts()) {
    for (const auto& one : closeout.evidence())
      known.insert(known.end(), one.evidence_digests().begin(), one.evidence_digests().end());
  }
  return known;
}

absl::Status Issue(RectificationItem& item, const SupervisionCase& the_case,
                   const IssueItemFacts& facts) {
  RETURN_IF_ERROR(CheckState(item, kIssueItem));
  RETURN_IF_ERROR(CheckGuard(item, kIssueItem, kCaseInRectification,
                             the_case.state() == SupervisionCase::STATE_IN_RECTIFICATION));
  RETURN_IF_ERROR(CheckGuard(item, kIssueItem, kOrganizationKnown, facts.organization_known));
  RETURN_IF_ERROR(CheckGuard(item, kIssueItem, kIssuerSide, facts.issuer_side));
  const absl::CivilDay today = facts.step.today();
  ASSIGN_OR_RETURN(const absl::CivilDay deadline,
                   DeadlineOf(item, kIssueItem, item.deadline(), today));
  SetTerm(item, today, deadline);
  item.set_issuing_organization(the_case.organization());
  item.set_issuer(facts.step.actor.name);
  *item.mutable_issue_date() = clock::ToDate(today);
  item.set_cycle(1);
  item.set_state(kIssueItem.to);
  return absl::OkStatus();
}

absl::Status Acknowledge(RectificationItem& item, bool is_head, const Step& step) {
  RETURN_IF_ERROR(CheckState(item, kAcknowledgeItem));
  RETURN_IF_ERROR(CheckGuard(item, kAcknowledgeItem, kHeadAcknowledges, is_head));
  item.set_acknowledger(step.actor.name);
  *item.mutable_acknowledge_time() = clock::ToTimestamp(step.business_now);
  NoteParticipant(item, step);
  item.set_state(kAcknowledgeItem.to);
  return absl::OkStatus();
}

absl::Status SubmitPlan(RectificationItem& item, const RectificationPlan& plan,
                        const SubmitPlanFacts& facts) {
  RETURN_IF_ERROR(CheckState(item, kSubmitPlan));
  RETURN_IF_ERROR(CheckGuard(item, kSubmitPlan, kOrganizationSide, facts.organization_side));
  RETURN_IF_ERROR(CheckGuard(item, kSubmitPlan, kResponsibleAtWork, facts.responsible_at_work));
  RETURN_IF_ERROR(CheckGuard(item, kSubmitPlan, kOfficeKnown, facts.office_known));
  const google::type::Date date = clock::ToDate(plan.date);
  RETURN_IF_ERROR(
      CheckGuard(item, kSubmitPlan, kPlanWithinDeadline,
                 plan.date >= facts.step.today() && clock::Compare(date, item.deadline()) <= 0));
  *item.mutable_measures() = plan.measures;
  item.set_responsible_leader(plan.responsible_leader);
  item.set_responsible_office(plan.responsible_office);
  item.set_responsible_person(plan.responsible_person);
  *item.mutable_plan_date() = date;
  item.set_planner(facts.step.actor.name);
  NoteParticipant(item, facts.step);
  item.set_state(kSubmitPlan.to);
  return absl::OkStatus();
}

absl::Status Start(RectificationItem& item, bool organization_side, const Step& step) {
  RETURN_IF_ERROR(CheckState(item, kStartItem));
  RETURN_IF_ERROR(CheckGuard(item, kStartItem, kOrganizationSide, organization_side));
  NoteParticipant(item, step);
  item.set_state(kStartItem.to);
  return absl::OkStatus();
}

absl::Status RequestExtension(RectificationItem& item, absl::CivilDay deadline,
                              const std::string& reason, bool organization_side, const Step& step) {
  RETURN_IF_ERROR(CheckState(item, kRequestExtension));
  RETURN_IF_ERROR(CheckGuard(item, kRequestExtension, kOrganizationSide, organization_side));
  RETURN_IF_ERROR(CheckGuard(item, kRequestExtension, kBeforeDue, !Due(item, step.today())));
  RETURN_IF_ERROR(
      CheckGuard(item, kRequestExtension, kNoExtensionPending, !item.extension_pending()));
  const google::type::Date wanted = clock::ToDate(deadline);
  RETURN_IF_ERROR(CheckGuard(item, kRequestExtension, kLaterDeadline,
                             clock::Compare(wanted, item.deadline()) > 0));
  RETURN_IF_ERROR(CheckGuard(item, kRequestExtension, kWithinOneYear,
                             clock::Compare(wanted, item.deadline_limit()) <= 0));
  RectificationItem::Extension& extension = *item.add_extensions();
  *extension.mutable_deadline() = wanted;
  *extension.mutable_previous_deadline() = item.deadline();
  extension.set_reason(reason);
  extension.set_requester(step.actor.name);
  extension.set_acting_for(step.actor.acting_for);
  *extension.mutable_request_time() = clock::ToTimestamp(step.business_now);
  item.set_extension_pending(true);
  NoteParticipant(item, step);
  return absl::OkStatus();
}

absl::Status ApproveExtension(RectificationItem& item, const std::string& reason, bool issuer_side,
                              const Step& step) {
  ASSIGN_OR_RETURN(RectificationItem::Extension * extension,
                   CheckDecider(item, kApproveExtension, issuer_side, step));
  RETURN_IF_ERROR(CheckGuard(item, kApproveExtension, kBeforeDue, !Due(item, step.today())));
  DecideExtension(item, *extension, RectificationItem::VERDICT_GRANTED, reason, step);
  *item.mutable_deadline() = extension->deadline();
  item.set_extension_count(item.extension_count() + 1);
  return absl::OkStatus();
}

absl::Status RefuseExtension(RectificationItem& item, const std::string& reason, bool issuer_side,
                             const Step& step) {
  ASSIGN_OR_RETURN(RectificationItem::Extension * extension,
                   CheckDecider(item, kRefuseExtension, issuer_side, step));
  DecideExtension(item, *extension, RectificationItem::VERDICT_REFUSED, reason, step);
  return absl::OkStatus();
}

absl::Status Review(RectificationItem& item, RectificationItem::Capacity capacity,
                    const std::string& opinion, const ReviewItemFacts& facts) {
  const bool as_head = capacity == RectificationItem::CAPACITY_HEAD;
  RETURN_IF_ERROR(CheckState(item, kReviewItem));
  RETURN_IF_ERROR(
      CheckGuard(item, kReviewItem, kReviewerLeads, as_head ? facts.heads : facts.leads_above));
  RETURN_IF_ERROR(CheckGuard(item, kReviewItem, kNotReviewedYet,
                             as_head ? !item.head_reviewed() : !item.superior_reviewed()));
  RETURN_IF_ERROR(CheckGuard(
      item, kReviewItem, kReviewersDiffer,
      std::none_of(item.reviews().begin(), item.reviews().end(),
                   [&](const RectificationItem::Review& review) {
                     return !facts.step.actor.IsNoneOf({review.reviewer(), review.acting_for()});
                   })));
  RectificationItem::Review& review = *item.add_reviews();
  review.set_capacity(capacity);
  review.set_reviewer(facts.step.actor.name);
  review.set_acting_for(facts.step.actor.acting_for);
  review.set_opinion(opinion);
  *review.mutable_review_time() = clock::ToTimestamp(facts.step.business_now);
  item.set_head_reviewed(item.head_reviewed() || as_head);
  item.set_superior_reviewed(item.superior_reviewed() || !as_head);
  NoteParticipant(item, facts.step);
  return absl::OkStatus();
}

absl::Status ApplyCloseout(RectificationItem& item, const std::string& summary,
                           const Evidence& evidence, const ApplyCloseoutFacts& facts) {
  RETURN_IF_ERROR(CheckState(item, kApplyCloseout));
  RETURN_IF_ERROR(CheckGuard(item, kApplyCloseout, kOrganizationSide, facts.organization_side));
  RETURN_IF_ERROR(
      CheckGuard(item, kApplyCloseout, kReviewedTwice,
                 item.head_reviewed() && (item.superior_reviewed() || !facts.has_superior)));
  RETURN_IF_ERROR(CheckGuard(item, kApplyCloseout, kEvidenceOfEachMeasure,
                             CoversMeasures(evidence, item.measures_size())));
  RETURN_IF_ERROR(CheckGuard(item, kApplyCloseout, kEvidenceStored, facts.evidence_stored));
  RectificationItem::Closeout& closeout = *item.add_closeouts();
  closeout.set_summary(summary);
  *closeout.mutable_evidence() = evidence;
  closeout.set_applicant(facts.step.actor.name);
  *closeout.mutable_apply_time() = clock::ToTimestamp(facts.step.business_now);
  NoteParticipant(item, facts.step);
  closeout.mutable_reviews()->Swap(item.mutable_reviews());
  item.set_head_reviewed(false);
  item.set_superior_reviewed(false);
  item.set_state(kApplyCloseout.to);
  return absl::OkStatus();
}

absl::Status Accept(RectificationItem& item, const std::string& reason,
                    const VerifyItemFacts& facts) {
  RETURN_IF_ERROR(CheckVerifier(item, kAcceptItem, facts));
  Verify(item, RectificationItem::VERDICT_GRANTED, reason, facts.step);
  End(item, facts.step);
  item.set_state(kAcceptItem.to);
  return absl::OkStatus();
}

void SetCloseoutNumber(RectificationItem& item, const std::string& number) {
  item.set_closeout_number(number);
  item.mutable_closeouts()->rbegin()->set_number(number);
}

absl::Status Reject(RectificationItem& item, const std::string& reason,
                    const VerifyItemFacts& facts) {
  RETURN_IF_ERROR(CheckVerifier(item, kRejectItem, facts));
  Verify(item, RectificationItem::VERDICT_REFUSED, reason, facts.step);
  item.set_state(kRejectItem.to);
  return absl::OkStatus();
}

absl::Status Reopen(RectificationItem& item, const std::string& reason,
                    const google::type::Date& deadline, bool case_open,
                    const VerifyItemFacts& facts) {
  RETURN_IF_ERROR(CheckVerifier(item, kReopenItem, facts));
  RETURN_IF_ERROR(CheckGuard(item, kReopenItem, kCaseOpen, case_open));
  const absl::CivilDay today = facts.step.today();
  ASSIGN_OR_RETURN(const absl::CivilDay next, DeadlineOf(item, kReopenItem, deadline, today));
  SetTerm(item, today, next);
  RectificationItem::Reopening& reopening = *item.add_reopenings();
  reopening.set_reason(reason);
  reopening.set_reopener(facts.step.actor.name);
  *reopening.mutable_reopen_time() = clock::ToTimestamp(facts.step.business_now);
  reopening.set_closeout_number(item.closeout_number());
  item.clear_end_date();
  item.set_cycle(item.cycle() + 1);
  item.set_state(kReopenItem.to);
  return absl::OkStatus();
}

absl::Status Excuse(RectificationItem& item, const std::string& reason, bool issuer_side,
                    const Step& step) {
  RETURN_IF_ERROR(CheckState(item, kExcuseItem));
  RETURN_IF_ERROR(CheckGuard(item, kExcuseItem, kVerifierNotDoer, !IsDoer(item, step)));
  RETURN_IF_ERROR(CheckGuard(item, kExcuseItem, kIssuerSide, issuer_side));
  item.set_excuse_reason(reason);
  item.set_excuse_approver(step.actor.name);
  End(item, step);
  item.set_state(kExcuseItem.to);
  return absl::OkStatus();
}

}  // namespace qinglian::supervision
