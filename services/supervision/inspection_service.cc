#include "services/supervision/inspection_service.h"

#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/follower/registry.h"
#include "services/supervision/handler.h"
#include "services/supervision/registry.h"

namespace qinglian::supervision {

namespace follower = organization::follower;
using v1::Inspection;
using v1::SupervisionCase;

namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "kind", "leader", "state", "planned_start_date"}};
  return listing;
}

}  // namespace

InspectionService::InspectionService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.supervision.v1.InspectionService",
               environment.journal) {
  using Self = InspectionService;
  methods_.Read("GetInspection", this, &Self::Get);
  methods_.Read("ListInspections", this, &Self::List);
  methods_.Create("CreateInspection", this, &Self::Create);
  methods_.Update("UpdateInspection", this, &Self::Update);
  methods_.Transition("StartInspection", this, &Self::Start);
  methods_.Transition("RecordInspectionFinding", this, &Self::RecordFinding);
  methods_.Transition("ConcludeInspection", this, &Self::Conclude);
  methods_.Transition("CancelInspection", this, &Self::Cancel);
  methods_.Batch<v1::BatchTransitionInspectionsRequest, v1::BatchTransitionInspectionsResponse>(
      "BatchTransitionInspections");
}

absl::StatusOr<Inspection> InspectionService::Get(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::GetInspectionRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListInspectionsResponse> InspectionService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListInspectionsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   follower::SubtreeCondition(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListInspectionsResponse::mutable_inspections, std::move(conditions));
}

absl::Status InspectionService::CheckReferences(mysql::Connection& connection,
                                                const Inspection& inspection) {
  RETURN_IF_ERROR(
      CheckOrganization(connection, "inspection.organization", inspection.organization()));
  return CheckPerson(connection, "inspection.leader", inspection.leader());
}

absl::StatusOr<Inspection> InspectionService::Create(journal::Transaction& tx,
                                                     const v1::CreateInspectionRequest& request) {
  Inspection inspection = request.inspection();
  resource::KeepInput(inspection);
  RETURN_IF_ERROR(Plan(inspection, StepOf(tx)));
  RETURN_IF_ERROR(CheckReferences(tx.connection(), inspection));
  return store_.Insert(tx, std::move(inspection));
}

absl::StatusOr<Inspection> InspectionService::Update(journal::Transaction& tx,
                                                     const v1::UpdateInspectionRequest& request) {
  const std::string& name = request.inspection().name();
  ASSIGN_OR_RETURN(const Inspection before, store_.LockTarget(tx, name, request.etag()));
  Inspection after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.inspection(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckUpdate(before, after));
  RETURN_IF_ERROR(CheckReferences(tx.connection(), after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<StartInspectionFacts> InspectionService::FactsToStart(journal::Transaction& tx,
                                                                     const Inspection& inspection) {
  StartInspectionFacts facts{.step = StepOf(tx)};
  const std::vector<std::string> team = TeamOf(inspection);
  ASSIGN_OR_RETURN(facts.targets_known, AllKnown(tx.connection(), inspection.targets()));
  ASSIGN_OR_RETURN(facts.team_at_work, AllAtWork(tx.connection(), team));
  for (const std::string& member : team) {
    for (const std::string& target : inspection.targets()) {
      ASSIGN_OR_RETURN(const Standing standing, StandingOf(tx.connection(), member, target));
      facts.team_of_target = facts.team_of_target || standing.holds_post_within;
    }
  }
  return facts;
}

absl::StatusOr<Inspection> InspectionService::Start(journal::Transaction& tx,
                                                    const v1::StartInspectionRequest& request) {
  ASSIGN_OR_RETURN(const Inspection before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const StartInspectionFacts facts, FactsToStart(tx, before));
  Inspection after = before;
  RETURN_IF_ERROR(supervision::Start(after, facts));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<RecordFindingFacts> InspectionService::FactsToRecord(
    journal::Transaction& tx, const Inspection& inspection, const Inspection::Finding& finding) {
  RecordFindingFacts facts{.step = StepOf(tx)};
  for (const std::string& target : inspection.targets()) {
    ASSIGN_OR_RETURN(const bool within,
                     follower::IsBelow(tx.connection(), finding.organization(), target));
    facts.in_scope = facts.in_scope || within;
  }
  ASSIGN_OR_RETURN(facts.category_in_use, categories_.IsInUse(tx.connection(), finding.category()));
  ASSIGN_OR_RETURN(facts.evidence_stored, EvidenceStored(tx, finding.evidence_digests()));
  return facts;
}

absl::StatusOr<Inspection> InspectionService::RecordFinding(
    journal::Transaction& tx, const v1::RecordInspectionFindingRequest& request) {
  ASSIGN_OR_RETURN(const Inspection before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const RecordFindingFacts facts, FactsToRecord(tx, before, request.finding()));
  Inspection after = before;
  RETURN_IF_ERROR(supervision::RecordFinding(after, request.finding(), facts));
  Inspection::Finding& finding = *after.mutable_findings()->rbegin();
  if (!finding.corrected_on_spot()) {
    ASSIGN_OR_RETURN(const SupervisionCase opened,
                     registration_.Register(tx, CaseOf(before, finding)));
    finding.set_supervision_case(opened.name());
  }
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Inspection> InspectionService::Conclude(
    journal::Transaction& tx, const v1::ConcludeInspectionRequest& request) {
  ASSIGN_OR_RETURN(const Inspection before, store_.LockFresh(tx, request.name(), request.etag()));
  Inspection after = before;
  RETURN_IF_ERROR(supervision::Conclude(after, request.conclusion(), StepOf(tx)));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Inspection> InspectionService::Cancel(journal::Transaction& tx,
                                                     const v1::CancelInspectionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Inspection before, store_.LockFresh(tx, request.name(), request.etag()));
  Inspection after = before;
  RETURN_IF_ERROR(supervision::Cancel(after, request.reason(), StepOf(tx)));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::supervision
