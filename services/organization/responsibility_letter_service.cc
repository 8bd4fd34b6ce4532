#include "services/organization/responsibility_letter_service.h"

#include <algorithm>
#include <utility>

#include "common/clock/date.h"
#include "common/journal/actor.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "issuer_post", "signatory_post", "year", "state"}};
  return listing;
}

}  // namespace

ResponsibilityLetterService::ResponsibilityLetterService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.ResponsibilityLetterService",
               environment.journal) {
  using Self = ResponsibilityLetterService;
  methods_.Read("GetResponsibilityLetter", this, &Self::Get);
  methods_.Read("ListResponsibilityLetters", this, &Self::List);
  methods_.Create("CreateResponsibilityLetter", this, &Self::Create);
  methods_.Update("UpdateResponsibilityLetter", this, &Self::Update);
  methods_.Update("DeleteResponsibilityLetter", this, &Self::Delete);
  methods_.Transition("IssueResponsibilityLetter", this, &Self::Issue);
  methods_.Transition("SignResponsibilityLetter", this, &Self::Sign);
  methods_.Transition("CountersignResponsibilityLetter", this, &Self::Countersign);
  methods_.Transition("CancelResponsibilityLetter", this, &Self::Cancel);
  methods_.Transition("TerminateResponsibilityLetter", this, &Self::Terminate);
  methods_.Transition("ExpireResponsibilityLetter", this, &Self::Expire);
  methods_.Batch<v1::BatchTransitionResponsibilityLettersRequest,
                 v1::BatchTransitionResponsibilityLettersResponse>(
      "BatchTransitionResponsibilityLetters");
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Get(
    rpc::Call& call, mysql::Connection& connection,
    const v1::GetResponsibilityLetterRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListResponsibilityLettersResponse> ResponsibilityLetterService::List(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListResponsibilityLettersRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListResponsibilityLettersResponse::mutable_responsibility_letters,
                        std::move(conditions));
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Create(
    journal::Transaction& tx, const v1::CreateResponsibilityLetterRequest& request) {
  Letter letter = request.responsibility_letter();
  resource::KeepInput(letter);
  RETURN_IF_ERROR(CheckDraft(letter));
  RETURN_IF_ERROR(CheckSuperseded(tx, letter));
  RETURN_IF_ERROR(posts_.Get(tx.connection(), letter.issuer_post()).status());
  ASSIGN_OR_RETURN(const v1::Post signatory, posts_.Get(tx.connection(), letter.signatory_post()));
  letter.set_organization(signatory.organization());
  letter.set_state(Letter::STATE_DRAFT);
  return store_.Insert(tx, std::move(letter));
}

absl::Status ResponsibilityLetterService::CheckSuperseded(journal::Transaction& tx,
                                                          const Letter& letter) {
  if (letter.supersedes().empty()) return absl::OkStatus();
  const absl::Status known = store_.Get(tx.connection(), letter.supersedes()).status();
  if (!absl::IsNotFound(known)) return known;
  return status::Error(status::kReferenceNotFound, {{"field", "responsibility_letter.supersedes"},
                                                    {"resource", letter.supersedes()}});
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Update(
    journal::Transaction& tx, const v1::UpdateResponsibilityLetterRequest& request) {
  const std::string& name = request.responsibility_letter().name();
  ASSIGN_OR_RETURN(const Letter before, store_.LockTarget(tx, name, request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdateLetter));
  Letter after = before;
  RETURN_IF_ERROR(
      resource::ApplyUpdate(request.responsibility_letter(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckSuperseded(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Delete(
    journal::Transaction& tx, const v1::DeleteResponsibilityLetterRequest& request) {
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kDeleteLetter));
  return store_.Delete(tx, before);
}

absl::StatusOr<LetterActor> ResponsibilityLetterService::ActorOn(journal::Transaction& tx,
                                                                 const Letter& letter) {
  LetterActor actor;
  actor.who = journal::ActorOf(tx);
  actor.now = tx.business_now();
  ASSIGN_OR_RETURN(actor.issuer_assignment,
                   assignments_.Holding(tx.connection(), actor.who.holder(), letter.issuer_post()));
  ASSIGN_OR_RETURN(
      actor.signatory_assignment,
      assignments_.Holding(tx.connection(), actor.who.holder(), letter.signatory_post()));
  return actor;
}

absl::StatusOr<IssueFacts> ResponsibilityLetterService::FactsToIssue(journal::Transaction& tx,
                                                                     const Letter& letter) {
  IssueFacts facts;
  ASSIGN_OR_RETURN(facts.actor, ActorOn(tx, letter));
  ASSIGN_OR_RETURN(const v1::Post issuer, posts_.Get(tx.connection(), letter.issuer_post()));
  ASSIGN_OR_RETURN(const v1::Organization organization,
                   organizations_.Get(tx.connection(), issuer.organization()));
  facts.issuer_at_top = organization.parent().empty();
  ASSIGN_OR_RETURN(const std::vector<std::string> from_above,
                   store_.InForce(tx.connection(), letter.issuer_post(), letter.year()));
  facts.issuer_letter_in_force = !from_above.empty();
  ASSIGN_OR_RETURN(const PostFacts held,
                   assignments_.HoldersOf(tx.connection(), letter.signatory_post(), ""));
  facts.signatory_post_held = held.holders > 0;
  return facts;
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Issue(
    journal::Transaction& tx, const v1::IssueResponsibilityLetterRequest& request) {
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const IssueFacts facts, FactsToIssue(tx, before));
  Letter after = before;
  RETURN_IF_ERROR(organization::Issue(after, facts));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Sign(
    journal::Transaction& tx, const v1::SignResponsibilityLetterRequest& request) {
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const LetterActor actor, ActorOn(tx, before));
  Letter after = before;
  RETURN_IF_ERROR(organization::Sign(after, request.document_digest(), actor));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<CountersignFacts> ResponsibilityLetterService::FactsToCountersign(
    journal::Transaction& tx, const Letter& letter) {
  CountersignFacts facts;
  ASSIGN_OR_RETURN(facts.actor, ActorOn(tx, letter));
  if (!letter.signature().assignment().empty()) {
    ASSIGN_OR_RETURN(const v1::Assignment signing,
                     assignments_.Get(tx.connection(), letter.signature().assignment()));
    facts.signing_assignment_current = signing.state() == v1::Assignment::STATE_CURRENT;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> in_force,
                   store_.InForce(tx.connection(), letter.signatory_post(), letter.year()));
  facts.another_in_force =
      std::any_of(in_force.begin(), in_force.end(),
                  [&](const std::string& name) { return name != letter.supersedes(); });
  facts.superseded_fits = letter.supersedes().empty();
  if (!facts.superseded_fits) {
    // Locked, so that it is still in force when it is superseded. A deleted one fits nothing.
    const absl::StatusOr<Letter> old = store_.Lock(tx, letter.supersedes());
    if (!old.ok() && !absl::IsNotFound(old.status())) return old.status();
    facts.superseded_fits = old.ok() && Fits(letter, *old);
  }
  return facts;
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Countersign(
    journal::Transaction& tx, const v1::CountersignResponsibilityLetterRequest& request) {
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  // Two letters for one post and year meet at the post: whoever comes second sees the first in
  // force.
  RETURN_IF_ERROR(posts_.Lock(tx, before.signatory_post()).status());
  ASSIGN_OR_RETURN(const CountersignFacts facts, FactsToCountersign(tx, before));
  Letter after = before;
  RETURN_IF_ERROR(organization::Countersign(after, request.document_digest(), facts));
  ASSIGN_OR_RETURN(after, store_.Update(tx, before, std::move(after)));
  RETURN_IF_ERROR(SupersedeOld(tx, after));
  return after;
}

absl::Status ResponsibilityLetterService::SupersedeOld(journal::Transaction& tx,
                                                       const Letter& letter) {
  if (letter.supersedes().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Letter old, store_.Lock(tx, letter.supersedes()));
  Letter ended = old;
  RETURN_IF_ERROR(Supersede(ended));
  return store_.Update(tx, old, std::move(ended)).status();
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Cancel(
    journal::Transaction& tx, const v1::CancelResponsibilityLetterRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const LetterActor actor, ActorOn(tx, before));
  Letter after = before;
  RETURN_IF_ERROR(organization::Cancel(after, request.reason(), actor));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Terminate(
    journal::Transaction& tx, const v1::TerminateResponsibilityLetterRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const LetterActor actor, ActorOn(tx, before));
  Letter after = before;
  RETURN_IF_ERROR(organization::Terminate(after, request.reason(), actor));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::ResponsibilityLetter> ResponsibilityLetterService::Expire(
    journal::Transaction& tx, const v1::ExpireResponsibilityLetterRequest& request) {
  ASSIGN_OR_RETURN(const Letter before, store_.LockFresh(tx, request.name(), request.etag()));
  Letter after = before;
  RETURN_IF_ERROR(organization::Expire(after, tx.today()));
  return store_.Update(tx, before, std::move(after));
}

serving::ClockTask ResponsibilityLetterService::ExpiryTask() {
  return {"expire-responsibility-letters", absl::Minutes(1),
          [this](mysql::Session& session) { return ExpireAll(session); }};
}

absl::Status ResponsibilityLetterService::ExpireAll(mysql::Session& session) {
  const int year = static_cast<int>(clock::DayOf(environment_.business_clock.Now()).year());
  ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
  ASSIGN_OR_RETURN(const std::vector<std::string> outlived,
                   store_.Outlived(*connection, year, 500));
  for (const std::string& name : outlived) {
    RETURN_IF_ERROR(
        journal::WriteEffect(environment_.journal, session,
                             {.effect = "clock/letter-expired",
                              .key = name,
                              .deadline = absl::Now() + absl::Seconds(10)},
                             [&](journal::Transaction& tx) -> absl::Status {
                               ASSIGN_OR_RETURN(const Letter before, store_.Lock(tx, name));
                               Letter after = before;
                               RETURN_IF_ERROR(organization::Expire(after, tx.today()));
                               return store_.Update(tx, before, std::move(after)).status();
                             }));
  }
  return absl::OkStatus();
}

}  // namespace qinglian::organization
