#include "services/organization/responsibility_letter_rules.h"

#include "common/clock/date.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

using Letter = v1::ResponsibilityLetter;

// Everything but the state that a transition changes is set by the caller of this.
absl::Status Enter(Letter& letter, const LetterTransition& transition) {
  letter.set_state(transition.to);
  return absl::OkStatus();
}

void FillSignature(const Letter& letter, const std::string& person, const std::string& assignment,
                   absl::Time now, Letter::Signature& signature) {
  signature.set_person(person);
  signature.set_assignment(assignment);
  signature.set_document_digest(letter.document_digest());
  signature.set_letter_etag(letter.etag());
  *signature.mutable_time() = clock::ToTimestamp(now);
}

}  // namespace

absl::Status CheckDraft(const Letter& letter) {
  if (letter.issuer_post() != letter.signatory_post()) return absl::OkStatus();
  status::FieldViolations violations;
  violations.Add("responsibility_letter.signatory_post", "DIFFERENT_POSTS",
                 "a post cannot sign a letter with itself", "签发岗位与责任岗位不能相同");
  return violations.ToStatus();
}

bool Fits(const Letter& letter, const Letter& old) {
  return old.state() == Letter::STATE_IN_FORCE && old.signatory_post() == letter.signatory_post() &&
         old.year() == letter.year();
}

absl::Status Issue(Letter& letter, const IssueFacts& facts) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kIssue));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kIssue, kIssuerHoldsPost,
                                        facts.actor.issuer_assignment.has_value()));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kIssue, kIssuerLetterInForce,
                                        facts.issuer_at_top || facts.issuer_letter_in_force));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(letter, kIssue, kSignatoryPostHeld, facts.signatory_post_held));
  return Enter(letter, kIssue);
}

absl::Status Sign(Letter& letter, std::string_view document_digest, const LetterActor& actor) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kSign));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(letter, kSign, kSignsInPerson, actor.who.acting_for.empty()));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kSign, kSignatoryHoldsPost,
                                        actor.signatory_assignment.has_value()));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kSign, kDigestMatches,
                                        letter.document_digest() == document_digest));
  FillSignature(letter, actor.who.name, *actor.signatory_assignment, actor.now,
                *letter.mutable_signature());
  return Enter(letter, kSign);
}

absl::Status Countersign(Letter& letter, std::string_view document_digest,
                         const CountersignFacts& facts) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kCountersign));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kCountersign, kSignsInPerson,
                                        facts.actor.who.acting_for.empty()));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kCountersign, kIssuerHoldsPost,
                                        facts.actor.issuer_assignment.has_value()));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kCountersign, kCountersignerIsAnother,
                                        !facts.actor.who.Is(letter.signature().person())));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kCountersign, kDigestMatches,
                                        letter.document_digest() == document_digest));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kCountersign, kSignatoryUnchanged,
                                        facts.signing_assignment_current));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(letter, kCountersign, kSupersededFits, facts.superseded_fits));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(letter, kCountersign, kOneInForce, !facts.another_in_force));
  FillSignature(letter, facts.actor.who.name, *facts.actor.issuer_assignment, facts.actor.now,
                *letter.mutable_countersignature());
  return Enter(letter, kCountersign);
}

absl::Status Cancel(Letter& letter, std::string_view reason, const LetterActor& actor) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kCancel));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kCancel, kIssuerHoldsPost,
                                        actor.issuer_assignment.has_value()));
  letter.set_end_reason(std::string(reason));
  return Enter(letter, kCancel);
}

absl::Status Terminate(Letter& letter, std::string_view reason, const LetterActor& actor) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kTerminate));
  RETURN_IF_ERROR(lifecycle::CheckGuard(letter, kTerminate, kIssuerHoldsPost,
                                        actor.issuer_assignment.has_value()));
  letter.set_end_reason(std::string(reason));
  return Enter(letter, kTerminate);
}

absl::Status Supersede(Letter& letter) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kSupersede));
  return Enter(letter, kSupersede);
}

absl::Status Expire(Letter& letter, absl::CivilDay today) {
  RETURN_IF_ERROR(lifecycle::CheckState(letter, kExpire));
  RETURN_IF_ERROR(
      lifecycle::CheckGuard(letter, kExpire, kYearPassed, today.year() > letter.year()));
  return Enter(letter, kExpire);
}

bool EndSignature(Letter& letter, std::string_view assignment) {
  if (!kCountersign.Leaves(letter.state()) && !kSupersede.Leaves(letter.state())) return false;
  if (letter.signature().assignment() != assignment) return false;
  letter.set_re_sign_required(true);
  return true;
}

}  // namespace qinglian::organization
