#include "services/supervision/rectification_item_service.h"

#include <optional>
#include <utility>

#include "common/clock/date.h"
#include "common/journal/actor.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/follower/registry.h"
#include "services/supervision/case_evidence_store.h"
#include "services/supervision/handler.h"
#include "services/supervision/registry.h"

namespace qinglian::supervision {

namespace follower = organization::follower;
using v1::RectificationItem;
using v1::SupervisionCase;

namespace {

// The counter of close-out numbers, and what they begin with.
constexpr std::string_view kCloseoutKind = "rectification-closeout";
constexpr std::string_view kCloseoutPrefix = "销";

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"supervision_case", "organization", "issuing_organization",
                        "responsible_leader", "responsible_office", "responsible_person", "state",
                        "deadline", "extension_pending", "end_date"}};
  return listing;
}

}  // namespace

RectificationItemService::RectificationItemService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.RectificationItemService",
               environment.journal) {
  using Self = RectificationItemService;
  methods_.Read("GetRectificationItem", this, &Self::Get);
  methods_.Read("ListRectificationItems", this, &Self::List);
  methods_.Create("CreateRectificationItem", this, &Self::Create);
  methods_.Transition("AcknowledgeRectificationItem", this, &Self::Acknowledge);
  methods_.Transition("SubmitRectificationPlan", this, &Self::SubmitPlan);
  methods_.Transition("StartRectificationItem", this, &Self::Start);
  methods_.Transition("RequestRectificationExtension", this, &Self::RequestExtension);
  methods_.Transition("ApproveRectificationExtension", this, &Self::ApproveExtension);
  methods_.Transition("RefuseRectificationExtension", this, &Self::RefuseExtension);
  methods_.Transition("ReviewRectificationItem", this, &Self::Review);
  methods_.Transition("ApplyRectificationCloseout", this, &Self::ApplyCloseout);
  methods_.Transition("AcceptRectificationItem", this, &Self::Accept);
  methods_.Transition("RejectRectificationItem", this, &Self::Reject);
  methods_.Transition("ReopenRectificationItem", this, &Self::Reopen);
  methods_.Transition("ExcuseRectificationItem", this, &Self::Excuse);
  methods_.Batch<v1::BatchTransitionRectificationItemsRequest,
                 v1::BatchTransitionRectificationItemsResponse>(
      "BatchTransitionRectificationItems");
}

absl::StatusOr<RectificationItem> RectificationItemService::Get(
    rpc::Call& call, mysql::Connection& connection,
    const v1::GetRectificationItemRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListRectificationItemsResponse> RectificationItemService::List(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListRectificationItemsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   follower::SubtreeCondition(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListRectificationItemsResponse::mutable_rectification_items,
                        std::move(conditions));
}

absl::StatusOr<RectificationItem> RectificationItemService::Create(
    journal::Transaction& tx, const v1::CreateRectificationItemRequest& request) {
  RectificationItem item = request.rectification_item();
  resource::KeepInput(item);
  ASSIGN_OR_RETURN(const SupervisionCase the_case, cases_.Lock(tx, item.supervision_case()));
  IssueItemFacts facts{.step = StepOf(tx)};
  ASSIGN_OR_RETURN(facts.organization_known,
                   follower::OrganizationExists(tx.connection(), item.organization()));
  ASSIGN_OR_RETURN(facts.issuer_side, IsIssuer(tx, the_case.organization(), item.organization()));
  RETURN_IF_ERROR(Issue(item, the_case, facts));
  ASSIGN_OR_RETURN(item, store_.Insert(tx, std::move(item)));
  RETURN_IF_ERROR(cases_.Touch(tx, the_case).status());
  return item;
}

absl::StatusOr<RectificationItem> RectificationItemService::Move(journal::Transaction& tx,
                                                                 const std::string& name,
                                                                 const std::string& etag,
                                                                 Change change) {
  // The case is the root of its items: locked first, and of a new version with each step of theirs.
  // Which case it is never changes.
  ASSIGN_OR_RETURN(const RectificationItem seen, store_.Refer(tx, name));
  ASSIGN_OR_RETURN(const SupervisionCase the_case, cases_.LockUnasked(tx, seen.supervision_case()));
  ASSIGN_OR_RETURN(const RectificationItem before, store_.LockFresh(tx, name, etag));
  RectificationItem after = before;
  RETURN_IF_ERROR(change(after, the_case));
  ASSIGN_OR_RETURN(after, store_.Update(tx, before, std::move(after)));
  RETURN_IF_ERROR(NoteEvidence(tx.connection(), before, after));
  if (after.etag() != before.etag()) RETURN_IF_ERROR(cases_.Touch(tx, the_case).status());
  return after;
}

absl::StatusOr<bool> RectificationItemService::IsOf(journal::Transaction& tx,
                                                    const std::string& organization) {
  ASSIGN_OR_RETURN(const Standing standing,
                   StandingOf(tx.connection(), journal::ActorOf(tx).holder(), organization));
  return standing.holds_post_within;
}

absl::StatusOr<bool> RectificationItemService::IsWithin(journal::Transaction& tx,
                                                        const std::string& organization) {
  ASSIGN_OR_RETURN(const Standing standing,
                   StandingOf(tx.connection(), tx.facts().actor, organization));
  if (standing.holds_post_within) return true;
  return IsOf(tx, organization);
}

absl::StatusOr<bool> RectificationItemService::IsIssuer(journal::Transaction& tx,
                                                        const std::string& issuing,
                                                        const std::string& responsible) {
  ASSIGN_OR_RETURN(const bool of_issuing, IsOf(tx, issuing));
  if (!of_issuing || issuing == responsible) return of_issuing;
  ASSIGN_OR_RETURN(const bool within_responsible, IsWithin(tx, responsible));
  return !within_responsible;
}

absl::StatusOr<RectificationItem> RectificationItemService::Acknowledge(
    journal::Transaction& tx, const v1::AcknowledgeRectificationItemRequest& request) {
  return Move(
      tx, request.name(), request.etag(),
      [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
        ASSIGN_OR_RETURN(
            const bool heads,
            follower::HoldsRank(tx.connection(), journal::ActorOf(tx).holder(), item.organization(),
                                organization::v1::Post::RANK_PRINCIPAL_LEADER));
        return supervision::Acknowledge(item, heads, StepOf(tx));
      });
}

absl::StatusOr<SubmitPlanFacts> RectificationItemService::FactsToPlan(
    journal::Transaction& tx, const RectificationItem& item,
    const v1::SubmitRectificationPlanRequest& request) {
  SubmitPlanFacts facts{.step = StepOf(tx)};
  ASSIGN_OR_RETURN(facts.organization_side, IsOf(tx, item.organization()));
  ASSIGN_OR_RETURN(
      facts.responsible_at_work,
      AllAtWork(tx.connection(), {request.responsible_leader(), request.responsible_person()}));
  ASSIGN_OR_RETURN(
      facts.office_known,
      follower::IsBelow(tx.connection(), request.responsible_office(), item.organization()));
  return facts;
}

absl::StatusOr<RectificationItem> RectificationItemService::SubmitPlan(
    journal::Transaction& tx, const v1::SubmitRectificationPlanRequest& request) {
  RectificationPlan plan{.measures = request.measures(),
                         .responsible_leader = request.responsible_leader(),
                         .responsible_office = request.responsible_office(),
                         .responsible_person = request.responsible_person(),
                         .date = {}};
  ASSIGN_OR_RETURN(plan.date, clock::ToDay(request.plan_date()));
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const SubmitPlanFacts facts, FactsToPlan(tx, item, request));
                return supervision::SubmitPlan(item, plan, facts);
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::Start(
    journal::Transaction& tx, const v1::StartRectificationItemRequest& request) {
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const bool of, IsOf(tx, item.organization()));
                return supervision::Start(item, of, StepOf(tx));
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::RequestExtension(
    journal::Transaction& tx, const v1::RequestRectificationExtensionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const absl::CivilDay deadline, clock::ToDay(request.deadline()));
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const bool of, IsOf(tx, item.organization()));
                return supervision::RequestExtension(item, deadline, request.reason(), of,
                                                     StepOf(tx));
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::ApproveExtension(
    journal::Transaction& tx, const v1::ApproveRectificationExtensionRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const bool issuer,
                                 IsIssuer(tx, item.issuing_organization(), item.organization()));
                return supervision::ApproveExtension(item, request.reason(), issuer, StepOf(tx));
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::RefuseExtension(
    journal::Transaction& tx, const v1::RefuseRectificationExtensionRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const bool issuer,
                                 IsIssuer(tx, item.issuing_organization(), item.organization()));
                return supervision::RefuseExtension(item, request.reason(), issuer, StepOf(tx));
              });
}

absl::StatusOr<ReviewItemFacts> RectificationItemService::FactsToReview(
    journal::Transaction& tx, const RectificationItem& item) {
  ReviewItemFacts facts{.step = StepOf(tx)};
  ASSIGN_OR_RETURN(facts.heads, follower::HoldsRank(tx.connection(), facts.step.actor.holder(),
                                                    item.organization(),
                                                    organization::v1::Post::RANK_PRINCIPAL_LEADER));
  ASSIGN_OR_RETURN(
      facts.leads_above,
      follower::HoldsRankAbove(tx.connection(), facts.step.actor.holder(), item.organization(),
                               organization::v1::Post::RANK_LEADER_IN_CHARGE));
  return facts;
}

absl::StatusOr<RectificationItem> RectificationItemService::Review(
    journal::Transaction& tx, const v1::ReviewRectificationItemRequest& request) {
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const ReviewItemFacts facts, FactsToReview(tx, item));
                return supervision::Review(item, request.capacity(), request.opinion(), facts);
              });
}

absl::StatusOr<ApplyCloseoutFacts> RectificationItemService::FactsToApply(
    journal::Transaction& tx, const RectificationItem& item,
    const v1::ApplyRectificationCloseoutRequest& request) {
  ApplyCloseoutFacts facts{.step = StepOf(tx)};
  ASSIGN_OR_RETURN(facts.organization_side, IsOf(tx, item.organization()));
  ASSIGN_OR_RETURN(const std::optional<follower::KnownOrganization> organization,
                   follower::FindOrganization(tx.connection(), item.organization()));
  facts.has_superior = !organization.has_value() || !organization->parent.empty();
  std::vector<std::string_view> digests;
  for (const auto& one : request.evidence()) {
    digests.insert(digests.end(), one.evidence_digests().begin(), one.evidence_digests().end());
  }
  ASSIGN_OR_RETURN(facts.evidence_stored, evidence::AllStored(tx.connection(), digests));
  return facts;
}

absl::StatusOr<RectificationItem> RectificationItemService::ApplyCloseout(
    journal::Transaction& tx, const v1::ApplyRectificationCloseoutRequest& request) {
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const ApplyCloseoutFacts facts, FactsToApply(tx, item, request));
                return supervision::ApplyCloseout(item, request.summary(), request.evidence(),
                                                  facts);
              });
}

absl::StatusOr<VerifyItemFacts> RectificationItemService::FactsToVerify(
    journal::Transaction& tx, const RectificationItem& item) {
  const Step step = StepOf(tx);
  ASSIGN_OR_RETURN(const Standing standing,
                   StandingOf(tx.connection(), step.actor.holder(), item.organization()));
  ASSIGN_OR_RETURN(const bool within, IsWithin(tx, item.organization()));
  return VerifyItemFacts{.step = step, .outside = standing.holds_post && !within};
}

absl::StatusOr<RectificationItem> RectificationItemService::Accept(
    journal::Transaction& tx, const v1::AcceptRectificationItemRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const VerifyItemFacts facts, FactsToVerify(tx, item));
                RETURN_IF_ERROR(supervision::Accept(item, request.reason(), facts));
                ASSIGN_OR_RETURN(
                    const std::string number,
                    TakeNumber(tx, item.issuing_organization(), kCloseoutKind, kCloseoutPrefix));
                SetCloseoutNumber(item, number);
                return absl::OkStatus();
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::Reject(
    journal::Transaction& tx, const v1::RejectRectificationItemRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const VerifyItemFacts facts, FactsToVerify(tx, item));
                return supervision::Reject(item, request.reason(), facts);
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::Reopen(
    journal::Transaction& tx, const v1::ReopenRectificationItemRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase& the_case) -> absl::Status {
                ASSIGN_OR_RETURN(const VerifyItemFacts facts, FactsToVerify(tx, item));
                const bool open = the_case.state() != SupervisionCase::STATE_CLOSED;
                return supervision::Reopen(item, request.reason(), request.deadline(), open, facts);
              });
}

absl::StatusOr<RectificationItem> RectificationItemService::Excuse(
    journal::Transaction& tx, const v1::ExcuseRectificationItemRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(),
              [&](RectificationItem& item, const SupervisionCase&) -> absl::Status {
                ASSIGN_OR_RETURN(const bool issuer,
                                 IsIssuer(tx, item.issuing_organization(), item.organization()));
                return supervision::Excuse(item, request.reason(), issuer, StepOf(tx));
              });
}

}  // namespace qinglian::supervision
