#include "services/supervision/supervision_case_service.h"

#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/follower/registry.h"
#include "services/supervision/case_evidence_store.h"
#include "services/supervision/handler.h"
#include "services/supervision/registry.h"

namespace qinglian::supervision {

namespace follower = organization::follower;
using v1::SupervisionCase;

namespace {

// The counter of filing numbers, and what they begin with.
constexpr std::string_view kFilingKind = "case-filing";
constexpr std::string_view kFilingPrefix = "督";

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "subject_organization", "subject_person", "source",
                        "source_resource", "category", "severity", "disposition", "confirmed",
                        "state", "receive_date", "accept_due_date", "decide_date", "close_date"}};
  return listing;
}

}  // namespace

SupervisionCaseService::SupervisionCaseService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.SupervisionCaseService",
               environment.journal) {
  using Self = SupervisionCaseService;
  methods_.Read("GetSupervisionCase", this, &Self::Get);
  methods_.Read("ListSupervisionCases", this, &Self::List);
  methods_.Create("CreateSupervisionCase", this, &Self::Create);
  methods_.Update("UpdateSupervisionCase", this, &Self::Update);
  methods_.Transition("AcceptSupervisionCase", this, &Self::Accept);
  methods_.Transition("DeclineSupervisionCase", this, &Self::Decline);
  methods_.Transition("AssignSupervisionCase", this, &Self::Assign);
  methods_.Transition("SubmitCaseOpinion", this, &Self::SubmitOpinion);
  methods_.Transition("DecideSupervisionCase", this, &Self::Decide);
  methods_.Transition("ReturnSupervisionCase", this, &Self::Return);
  methods_.Transition("RequestCaseClosure", this, &Self::RequestClosure);
  methods_.Transition("CloseSupervisionCase", this, &Self::Close);
  methods_.Transition("ReopenSupervisionCase", this, &Self::Reopen);
  methods_.Transition("RecuseFromSupervisionCase", this, &Self::Recuse);
  methods_.Batch<v1::BatchTransitionSupervisionCasesRequest,
                 v1::BatchTransitionSupervisionCasesResponse>("BatchTransitionSupervisionCases");
}

serving::ClockTask SupervisionCaseService::EvidenceTask() {
  return {"note-earlier-evidence", absl::Hours(24), [](mysql::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(mysql::Connection * connection, session.Acquire());
            return NoteEarlierEvidence(*connection);
          }};
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetSupervisionCaseRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListSupervisionCasesResponse> SupervisionCaseService::List(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListSupervisionCasesRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   follower::SubtreeCondition(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListSupervisionCasesResponse::mutable_supervision_cases,
                        std::move(conditions));
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Create(
    journal::Transaction& tx, const v1::CreateSupervisionCaseRequest& request) {
  SupervisionCase the_case = request.supervision_case();
  resource::KeepInput(the_case);
  return registration_.Register(tx, std::move(the_case));
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Update(
    journal::Transaction& tx, const v1::UpdateSupervisionCaseRequest& request) {
  const std::string& name = request.supervision_case().name();
  ASSIGN_OR_RETURN(const SupervisionCase before, store_.LockTarget(tx, name, request.etag()));
  SupervisionCase after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.supervision_case(), request.update_mask(), after));
  UpdateCaseFacts facts{.step = StepOf(tx)};
  ASSIGN_OR_RETURN(facts.category_in_use, categories_.IsInUse(tx.connection(), after.category()));
  ASSIGN_OR_RETURN(facts.evidence_stored, EvidenceStored(tx, after.evidence_digests()));
  RETURN_IF_ERROR(CheckUpdate(before, after, facts));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Move(journal::Transaction& tx,
                                                             const std::string& name,
                                                             const std::string& etag,
                                                             Change change) {
  ASSIGN_OR_RETURN(const SupervisionCase before, store_.LockFresh(tx, name, etag));
  SupervisionCase after = before;
  RETURN_IF_ERROR(change(after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<AcceptCaseFacts> SupervisionCaseService::FactsToAccept(
    journal::Transaction& tx, const SupervisionCase& the_case) {
  mysql::Connection& connection = tx.connection();
  const std::string& handling = the_case.organization();
  const std::string& subject = the_case.subject_organization();
  AcceptCaseFacts facts{.step = StepOf(tx)};
  ASSIGN_OR_RETURN(facts.handling_known, follower::OrganizationExists(connection, handling));
  ASSIGN_OR_RETURN(const auto known, follower::FindOrganization(connection, subject));
  facts.subject_known = known.has_value();
  if (handling != subject) {
    ASSIGN_OR_RETURN(facts.handling_below_subject,
                     follower::IsBelow(connection, handling, subject));
  }
  ASSIGN_OR_RETURN(facts.subject_heads_handling,
                   follower::HoldsRank(connection, the_case.subject_person(), handling,
                                       organization::v1::Post::RANK_PRINCIPAL_LEADER));
  return facts;
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Accept(
    journal::Transaction& tx, const v1::AcceptSupervisionCaseRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) -> absl::Status {
    ASSIGN_OR_RETURN(const AcceptCaseFacts facts, FactsToAccept(tx, c));
    RETURN_IF_ERROR(supervision::Accept(c, facts));
    ASSIGN_OR_RETURN(const std::string number,
                     TakeNumber(tx, c.organization(), kFilingKind, kFilingPrefix));
    c.set_filing_number(number);
    return absl::OkStatus();
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Decline(
    journal::Transaction& tx, const v1::DeclineSupervisionCaseRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) {
    return supervision::Decline(c, request.reason(), StepOf(tx));
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Assign(
    journal::Transaction& tx, const v1::AssignSupervisionCaseRequest& request) {
  const auto assign = [&](SupervisionCase& c) -> absl::Status {
    const std::vector<std::string> handlers(request.handlers().begin(), request.handlers().end());
    ASSIGN_OR_RETURN(const bool at_work, AllAtWork(tx.connection(), handlers));
    return supervision::Assign(c, request.handlers(), at_work, StepOf(tx));
  };
  ASSIGN_OR_RETURN(const SupervisionCase assigned,
                   Move(tx, request.name(), request.etag(), assign));
  RETURN_IF_ERROR(store_.SetHandlers(tx, assigned));
  return assigned;
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::SubmitOpinion(
    journal::Transaction& tx, const v1::SubmitCaseOpinionRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) -> absl::Status {
    ASSIGN_OR_RETURN(const bool stored, EvidenceStored(tx, request.opinion().evidence_digests()));
    return supervision::SubmitOpinion(c, request.opinion(), stored, StepOf(tx));
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Decide(
    journal::Transaction& tx, const v1::DecideSupervisionCaseRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) -> absl::Status {
    ASSIGN_OR_RETURN(const bool stored,
                     evidence::AllStored(tx.connection(), {request.decision().document_digest()}));
    return supervision::Decide(c, request.decision(), stored, StepOf(tx));
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Return(
    journal::Transaction& tx, const v1::ReturnSupervisionCaseRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) {
    return supervision::Return(c, request.reason(), StepOf(tx));
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::RequestClosure(
    journal::Transaction& tx, const v1::RequestCaseClosureRequest& request) {
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) -> absl::Status {
    ASSIGN_OR_RETURN(const CaseItems items, store_.CountItems(tx, c));
    return supervision::RequestClosure(c, request.summary(), items, StepOf(tx));
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Close(
    journal::Transaction& tx, const v1::CloseSupervisionCaseRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) -> absl::Status {
    ASSIGN_OR_RETURN(const CaseItems items, store_.CountItems(tx, c));
    return supervision::Close(c, request.reason(), items, StepOf(tx));
  });
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Recuse(
    journal::Transaction& tx, const v1::RecuseFromSupervisionCaseRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const SupervisionCase recused,
                   Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) {
                     return supervision::Recuse(c, request.person(), request.reason(), StepOf(tx));
                   }));
  RETURN_IF_ERROR(store_.SetHandlers(tx, recused));
  return recused;
}

absl::StatusOr<SupervisionCase> SupervisionCaseService::Reopen(
    journal::Transaction& tx, const v1::ReopenSupervisionCaseRequest& request) {
  tx.set_reason(request.reason());
  return Move(tx, request.name(), request.etag(), [&](SupervisionCase& c) -> absl::Status {
    ASSIGN_OR_RETURN(const bool stored, EvidenceStored(tx, request.evidence_digests()));
    return supervision::Reopen(c, request.reason(), request.evidence_digests(), stored, StepOf(tx));
  });
}

}  // namespace qinglian::supervision
