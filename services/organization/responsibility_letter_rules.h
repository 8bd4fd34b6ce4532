// The life of a responsibility letter (lifecycle: DRAFT, ISSUED, PARTIALLY_SIGNED, IN_FORCE, and
// its ends).
#ifndef QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_RULES_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/lifecycle/actor.h"
#include "common/lifecycle/transition.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/responsibility_letter.pb.h"

namespace qinglian::organization {

inline constexpr status::Guard kIssuerHoldsPost{"ISSUER_HOLDS_POST",
                                                "the caller does not hold the issuer's post now",
                                                "操作人当前不在签发岗位任职"};
inline constexpr status::Guard kSignatoryHoldsPost{
    "SIGNATORY_HOLDS_POST",
    "the caller does not hold the signatory's post now; nobody signs for another",
    "操作人当前不在责任岗位任职，不得代签"};
inline constexpr status::Guard kIssuerLetterInForce{
    "ISSUER_LETTER_IN_FORCE", "the issuer's own letter from above is not in force for the year",
    "签发岗位本年度与上级签订的责任书尚未生效"};
inline constexpr status::Guard kSignatoryPostHeld{
    "SIGNATORY_POST_HELD", "nobody holds the signatory's post", "责任岗位无人任职"};
inline constexpr status::Guard kDigestMatches{
    "DIGEST_MATCHES", "the document signed is not the letter's", "所签文件与责任书文件不一致"};
inline constexpr status::Guard kSignatoryUnchanged{
    "SIGNATORY_UNCHANGED",
    "the signatory's post has changed hands since it was signed; a new letter is needed",
    "签字后责任岗位已换人，须重新签订"};
inline constexpr status::Guard kOneInForce{"ONE_IN_FORCE",
                                           "another letter is in force for this post and year",
                                           "该岗位本年度已有生效的责任书"};
inline constexpr status::Guard kCountersignerIsAnother{
    "COUNTERSIGNER_IS_ANOTHER", "who signed for the signatory's post also signs for the issuer's",
    "会签人不得是签字人本人"};
inline constexpr status::Guard kSupersededFits{
    "SUPERSEDED_FITS", "the letter to be superseded is not IN_FORCE, or is of another post or year",
    "被替换的责任书须为同一岗位、同一年度且已生效的责任书"};
inline constexpr status::Guard kSignsInPerson{"SIGNS_IN_PERSON", "nobody signs for another",
                                              "签字须由本人办理"};
inline constexpr status::Guard kYearPassed{"YEAR_PASSED", "the letter's year has not passed",
                                           "责任书年度尚未结束"};
using LetterTransition = lifecycle::Transition<v1::ResponsibilityLetter>;

inline constexpr LetterTransition kUpdateLetter{
    "update", lifecycle::OneOf(v1::ResponsibilityLetter::STATE_DRAFT)};
inline constexpr LetterTransition kDeleteLetter{
    "delete", lifecycle::OneOf(v1::ResponsibilityLetter::STATE_DRAFT)};
inline constexpr LetterTransition kIssue{"issue",
                                         lifecycle::OneOf(v1::ResponsibilityLetter::STATE_DRAFT),
                                         v1::ResponsibilityLetter::STATE_ISSUED};
inline constexpr LetterTransition kSign{"sign",
                                        lifecycle::OneOf(v1::ResponsibilityLetter::STATE_ISSUED),
                                        v1::ResponsibilityLetter::STATE_PARTIALLY_SIGNED};
inline constexpr LetterTransition kCountersign{
    "countersign", lifecycle::OneOf(v1::ResponsibilityLetter::STATE_PARTIALLY_SIGNED),
    v1::ResponsibilityLetter::STATE_IN_FORCE};
inline constexpr LetterTransition kCancel{
    "cancel",
    lifecycle::OneOf(v1::ResponsibilityLetter::STATE_DRAFT, v1::ResponsibilityLetter::STATE_ISSUED),
    v1::ResponsibilityLetter::STATE_CANCELLED};
inline constexpr LetterTransition kTerminate{
    "terminate", lifecycle::OneOf(v1::ResponsibilityLetter::STATE_IN_FORCE),
    v1::ResponsibilityLetter::STATE_TERMINATED};
inline constexpr LetterTransition kSupersede{
    "supersede", lifecycle::OneOf(v1::ResponsibilityLetter::STATE_IN_FORCE),
    v1::ResponsibilityLetter::STATE_SUPERSEDED};
inline constexpr LetterTransition kExpire{
    "expire", lifecycle::OneOf(v1::ResponsibilityLetter::STATE_IN_FORCE),
    v1::ResponsibilityLetter::STATE_EXPIRED};

// Who acts, and when.
struct LetterActor {
  lifecycle::Actor who;
  // The assignment by which he, or whom he acts for, holds the issuer's or the signatory's post
  // now; nothing where he does not.
  std::optional<std::string> issuer_assignment;
  std::optional<std::string> signatory_assignment;
  absl::Time now;
};

struct IssueFacts {
  LetterActor actor;
  // Whether the issuer's organization has none above it, so that no letter from above can be asked
  // for.
  bool issuer_at_top = false;
  bool issuer_letter_in_force = false;
  bool signatory_post_held = false;
};

struct CountersignFacts {
  LetterActor actor;
  // The assignment that signed lasts.
  bool signing_assignment_current = false;
  // A letter in force for the signatory's post and year, other than the one this supersedes.
  bool another_in_force = false;
  // The letter that this one supersedes is in force, for the same post and year; true where it
  // supersedes none.
  bool superseded_fits = false;
};

// INVALID_ARGUMENT where the two posts are one.
absl::Status CheckDraft(const v1::ResponsibilityLetter& letter);

// Whether `letter` can take the place of `old` today.
bool Fits(const v1::ResponsibilityLetter& letter, const v1::ResponsibilityLetter& old);

// The transitions: FAILED_PRECONDITION where the state or a guard is against it, and the letter is
// as it was.
absl::Status Issue(v1::ResponsibilityLetter& letter, const IssueFacts& facts);
absl::Status Sign(v1::ResponsibilityLetter& letter, std::string_view document_digest,
                  const LetterActor& actor);
absl::Status Countersign(v1::ResponsibilityLetter& letter, std::string_view document_digest,
                         const CountersignFacts& facts);
absl::Status Cancel(v1::ResponsibilityLetter& letter, std::string_view reason,
                    const LetterActor& actor);
absl::Status Terminate(v1::ResponsibilityLetter& letter, std::string_view reason,
                       const LetterActor& actor);
absl::Status Supersede(v1::ResponsibilityLetter& letter);
absl::Status Expire(v1::ResponsibilityLetter& letter, absl::CivilDay today);

// That an assignment has ended. Whether that took the signature of a letter that stands from it:
// then the letter is marked to be signed anew.
bool EndSignature(v1::ResponsibilityLetter& letter, std::string_view assignment);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_LETTER_RULES_H_
