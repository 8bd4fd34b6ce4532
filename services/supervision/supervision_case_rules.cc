#include "services/supervision/supervision_case_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::supervision {

using lifecycle::CheckGuard;
using lifecycle::CheckState;
using v1::SupervisionCase;

namespace {

absl::Status CheckStep(const SupervisionCase& the_case, const CaseTransition& transition,
                       const Step& step) {
  RETURN_IF_ERROR(CheckState(the_case, transition));
  return CheckGuard(the_case, transition, kActorNotSubject,
                    !step.actor.Is(the_case.subject_person()));
}

// Whether none of the opinions is the actor's, those before a return or a reopening included.
bool DidNotSubmit(const SupervisionCase& the_case, const Step& step) {
  return std::all_of(the_case.opinions().begin(), the_case.opinions().end(),
                     [&](const auto& opinion) {
                       return step.actor.IsNoneOf({opinion.submitter(), opinion.acting_for()});
                     });
}

absl::Status CheckVotes(const SupervisionCase& the_case,
                        const SupervisionCase::Decision& decision) {
  const int votes = decision.votes_for() + decision.votes_against() + decision.votes_abstained();
  RETURN_IF_ERROR(CheckGuard(
      the_case, kDecideCase, kVotesAddUp,
      votes == decision.members_present() && decision.members_present() <= decision.members()));
  RETURN_IF_ERROR(CheckGuard(the_case, kDecideCase, kQuorum,
                             2 * decision.members_present() > decision.members()));
  return CheckGuard(the_case, kDecideCase, kMajority,
                    2 * decision.votes_for() > decision.members());
}

absl::Status CheckMeeting(const SupervisionCase& the_case,
                          const SupervisionCase::Decision& decision, const Step& step) {
  RETURN_IF_ERROR(clock::ToDay(decision.meeting_date()).status());
  const bool held = clock::Compare(decision.meeting_date(), the_case.accept_date()) >= 0 &&
                    clock::Compare(decision.meeting_date(), clock::ToDate(step.today())) <= 0;
  return CheckGuard(the_case, kDecideCase, kMeetingHeld, held);
}

void AddClosure(SupervisionCase& the_case, const std::string& summary, const Step& step) {
  SupervisionCase::Closure& closure = *the_case.add_closures();
  closure.set_summary(summary);
  closure.set_requester(step.actor.name);
  closure.set_requester_acting_for(step.actor.acting_for);
  *closure.mutable_request_time() = clock::ToTimestamp(step.business_now);
  the_case.set_state(SupervisionCase::STATE_PENDING_CLOSURE);
}

bool IsRecused(const SupervisionCase& the_case, std::string_view person) {
  return std::any_of(the_case.recusals().begin(), the_case.recusals().end(),
                     [person](const auto& recusal) { return recusal.person() == person; });
}

// Whether the person decided the case or closed it, himself or by another: what was done by
// somebody who should have been recused is mended by another decision, not by a recusal afterwards.
bool HasActed(const SupervisionCase& the_case, std::string_view person) {
  return std::any_of(the_case.decisions().begin(), the_case.decisions().end(),
                     [person](const auto& decision) {
                       return decision.recorder() == person || decision.acting_for() == person;
                     }) ||
         std::any_of(the_case.closures().begin(), the_case.closures().end(),
                     [person](const auto& closure) {
                       return closure.closer() == person || closure.closer_acting_for() == person;
                     });
}

}  // namespace

bool IsConfirmed(SupervisionCase::Disposition disposition) {
  return disposition != SupervisionCase::DISPOSITION_UNSPECIFIED &&
         disposition != SupervisionCase::DISPOSITION_NO_ACTION;
}

std::vector<std::string_view> KnownDigests(const SupervisionCase& the_case) {
  std::vector<std::string_view> known(the_case.evidence_digests().begin(),
                                      the_case.evidence_digests().end());
  for (const auto& opinion : the_case.opinions()) {
    known.insert(known.end(), opinion.evidence_digests().begin(), opinion.evidence_digests().end());
  }
  for (const auto& decision : the_case.decisions()) known.push_back(decision.document_digest());
  for (const auto& reopening : the_case.reopenings()) {
    known.insert(known.end(), reopening.evidence_digests().begin(),
                 reopening.evidence_digests().end());
  }
  return known;
}

absl::Status Register(SupervisionCase& the_case, const RegisterCaseFacts& facts) {
  RETURN_IF_ERROR(CheckState(the_case, kRegisterCase));
  const absl::CivilDay today = facts.step.today();
  absl::CivilDay received = today;
  if (the_case.has_receive_date()) {
    ASSIGN_OR_RETURN(received, clock::ToDay(the_case.receive_date()));
  }
  if (received > today) {
    return status::Error(status::kTimeInFuture, {{"field", "supervision_case.receive_date"}});
  }
  RETURN_IF_ERROR(CheckGuard(the_case, kRegisterCase, kCategoryInUse, facts.category_in_use));
  RETURN_IF_ERROR(CheckGuard(the_case, kRegisterCase, kEvidenceStored, facts.evidence_stored));
  ASSIGN_OR_RETURN(const absl::CivilDay due,
                   facts.calendar.AddWorkdays(received, kAcceptWorkingDays));
  *the_case.mutable_receive_date() = clock::ToDate(received);
  *the_case.mutable_accept_due_date() = clock::ToDate(due);
  the_case.set_registrar(facts.step.actor.name);
  the_case.set_state(kRegisterCase.to);
  return absl::OkStatus();
}

absl::Status CheckUpdate(const SupervisionCase& before, const SupervisionCase& after,
                         const UpdateCaseFacts& facts) {
  RETURN_IF_ERROR(CheckStep(before, kUpdateCase, facts.step));
  RETURN_IF_ERROR(CheckGuard(before, kUpdateCase, kDecidedSeverityStands,
                             before.decisions().empty() || before.severity() == after.severity()));
  // A category that was retired since stays where it is.
  RETURN_IF_ERROR(CheckGuard(after, kUpdateCase, kCategoryInUse,
                             facts.category_in_use || before.category() == after.category()));
  return CheckGuard(after, kUpdateCase, kEvidenceStored, facts.evidence_stored);
}

absl::Status Accept(SupervisionCase& the_case, const AcceptCaseFacts& facts) {
  RETURN_IF_ERROR(CheckStep(the_case, kAcceptCase, facts.step));
  RETURN_IF_ERROR(
      CheckGuard(the_case, kAcceptCase, kHandlingOrganizationKnown, facts.handling_known));
  RETURN_IF_ERROR(
      CheckGuard(the_case, kAcceptCase, kSubjectOrganizationKnown, facts.subject_known));
  RETURN_IF_ERROR(CheckGuard(the_case, kAcceptCase, kJurisdiction, !facts.handling_below_subject));
  RETURN_IF_ERROR(CheckGuard(the_case, kAcceptCase, kNotOwnHead, !facts.subject_heads_handling));
  *the_case.mutable_accept_date() = clock::ToDate(facts.step.today());
  the_case.set_state(kAcceptCase.to);
  return absl::OkStatus();
}

absl::Status Decline(SupervisionCase& the_case, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kDeclineCase, step));
  the_case.set_decline_reason(reason);
  the_case.set_state(kDeclineCase.to);
  return absl::OkStatus();
}

absl::Status Assign(SupervisionCase& the_case,
                    const google::protobuf::RepeatedPtrField<std::string>& handlers,
                    bool handlers_at_work, const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kAssignCase, step));
  RETURN_IF_ERROR(
      CheckGuard(the_case, kAssignCase, kHandlerNotSubject,
                 the_case.subject_person().empty() || !Holds(handlers, the_case.subject_person())));
  RETURN_IF_ERROR(CheckGuard(
      the_case, kAssignCase, kHandlerNotRecused,
      std::none_of(handlers.begin(), handlers.end(),
                   [&](const std::string& handler) { return IsRecused(the_case, handler); })));
  RETURN_IF_ERROR(CheckGuard(the_case, kAssignCase, kHandlersAtWork, handlers_at_work));
  *the_case.mutable_handlers() = handlers;
  the_case.set_state(kAssignCase.to);
  return absl::OkStatus();
}

absl::Status SubmitOpinion(SupervisionCase& the_case, const SupervisionCase::Opinion& opinion,
                           bool evidence_stored, const Step& step) {
  RETURN_IF_ERROR(CheckState(the_case, kSubmitOpinion));
  RETURN_IF_ERROR(CheckGuard(the_case, kSubmitOpinion, kActorIsHandler,
                             Holds(the_case.handlers(), step.actor.name)));
  RETURN_IF_ERROR(CheckGuard(the_case, kSubmitOpinion, kEvidenceStored, evidence_stored));
  SupervisionCase::Opinion& kept = *the_case.add_opinions();
  kept = opinion;
  kept.set_submitter(step.actor.name);
  kept.set_acting_for(step.actor.acting_for);
  *kept.mutable_submit_time() = clock::ToTimestamp(step.business_now);
  the_case.set_state(kSubmitOpinion.to);
  return absl::OkStatus();
}

absl::Status Decide(SupervisionCase& the_case, const SupervisionCase::Decision& decision,
                    bool evidence_stored, const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kDecideCase, step));
  RETURN_IF_ERROR(
      CheckGuard(the_case, kDecideCase, kFourEyes,
                 DidNotSubmit(the_case, step) && step.actor.IsNoneOf(the_case.handlers())));
  RETURN_IF_ERROR(CheckMeeting(the_case, decision, step));
  RETURN_IF_ERROR(CheckVotes(the_case, decision));
  RETURN_IF_ERROR(CheckGuard(the_case, kDecideCase, kEvidenceStored, evidence_stored));
  RETURN_IF_ERROR(CheckGuard(the_case, kDecideCase, kNothingToRectify,
                             !decision.rectification_ordered() ||
                                 decision.disposition() != SupervisionCase::DISPOSITION_NO_ACTION));
  SupervisionCase::Decision& kept = *the_case.add_decisions();
  kept = decision;
  kept.set_recorder(step.actor.name);
  kept.set_acting_for(step.actor.acting_for);
  *kept.mutable_record_time() = clock::ToTimestamp(step.business_now);
  the_case.set_disposition(decision.disposition());
  the_case.set_severity(decision.severity());
  the_case.set_confirmed(IsConfirmed(decision.disposition()));
  the_case.set_rectification_ordered(decision.rectification_ordered());
  *the_case.mutable_decide_date() = clock::ToDate(step.today());
  the_case.set_state(kDecideCase.to);
  // With nothing to put right, the decision is itself the request to close the case.
  if (!decision.rectification_ordered()) AddClosure(the_case, "", step);
  return absl::OkStatus();
}

absl::Status Return(SupervisionCase& the_case, const std::string& reason, const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kReturnCase, step));
  RETURN_IF_ERROR(CheckGuard(the_case, kReturnCase, kFourEyes, DidNotSubmit(the_case, step)));
  the_case.set_return_reason(reason);
  the_case.set_state(kReturnCase.to);
  return absl::OkStatus();
}

absl::Status RequestClosure(SupervisionCase& the_case, const std::string& summary,
                            const CaseItems& items, const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kRequestClosure, step));
  RETURN_IF_ERROR(CheckGuard(the_case, kRequestClosure, kItemsIssued, items.since_decision > 0));
  RETURN_IF_ERROR(CheckGuard(the_case, kRequestClosure, kItemsEnded, items.open == 0));
  AddClosure(the_case, summary, step);
  return absl::OkStatus();
}

absl::Status Close(SupervisionCase& the_case, const std::string& reason, const CaseItems& items,
                   const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kCloseCase, step));
  const int last = the_case.closures_size() - 1;
  const bool other =
      last < 0 || step.actor.IsNoneOf({the_case.closures(last).requester(),
                                       the_case.closures(last).requester_acting_for()});
  RETURN_IF_ERROR(CheckGuard(
      the_case, kCloseCase, kFourEyes,
      other && DidNotSubmit(the_case, step) && step.actor.IsNoneOf(the_case.handlers())));
  RETURN_IF_ERROR(CheckGuard(the_case, kCloseCase, kItemsEnded, items.open == 0));
  SupervisionCase::Closure& closure =
      last < 0 ? *the_case.add_closures() : *the_case.mutable_closures(last);
  closure.set_closer(step.actor.name);
  closure.set_closer_acting_for(step.actor.acting_for);
  closure.set_close_reason(reason);
  *closure.mutable_close_time() = clock::ToTimestamp(step.business_now);
  *the_case.mutable_close_date() = clock::ToDate(step.today());
  the_case.set_state(kCloseCase.to);
  return absl::OkStatus();
}

absl::Status Recuse(SupervisionCase& the_case, const std::string& person, const std::string& reason,
                    const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kRecuse, step));
  if (IsRecused(the_case, person)) {
    return status::Error(status::kResourceExists, {{"type", "supervision.qinglian/SupervisionCase"},
                                                   {"resource", "person"},
                                                   {"field", "person"}});
  }
  RETURN_IF_ERROR(CheckGuard(the_case, kRecuse, kNotActed, !HasActed(the_case, person)));
  google::protobuf::RepeatedPtrField<std::string> left;
  for (const std::string& handler : the_case.handlers()) {
    if (handler != person) *left.Add() = handler;
  }
  RETURN_IF_ERROR(
      CheckGuard(the_case, kRecuse, kHandlersLeft, the_case.handlers().empty() || !left.empty()));
  *the_case.mutable_handlers() = std::move(left);
  SupervisionCase::Recusal& recusal = *the_case.add_recusals();
  recusal.set_person(person);
  recusal.set_reason(reason);
  recusal.set_recorder(step.actor.name);
  *recusal.mutable_record_time() = clock::ToTimestamp(step.business_now);
  return absl::OkStatus();
}

absl::Status Reopen(SupervisionCase& the_case, const std::string& reason, const Digests& evidence,
                    bool evidence_stored, const Step& step) {
  RETURN_IF_ERROR(CheckStep(the_case, kReopenCase, step));
  const std::vector<std::string_view> known = KnownDigests(the_case);
  const bool has_new =
      std::any_of(evidence.begin(), evidence.end(),
                  [&known](std::string_view digest) { return !Holds(known, digest); });
  RETURN_IF_ERROR(CheckGuard(the_case, kReopenCase, kNewEvidence, has_new));
  RETURN_IF_ERROR(CheckGuard(the_case, kReopenCase, kEvidenceStored, evidence_stored));
  SupervisionCase::Reopening& reopening = *the_case.add_reopenings();
  reopening.set_reason(reason);
  *reopening.mutable_evidence_digests() = evidence;
  reopening.set_reopener(step.actor.name);
  *reopening.mutable_reopen_time() = clock::ToTimestamp(step.business_now);
  the_case.clear_close_date();
  the_case.set_state(kReopenCase.to);
  return absl::OkStatus();
}

}  // namespace qinglian::supervision
