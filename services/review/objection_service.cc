#include "services/review/objection_service.h"

#include <utility>
#include <vector>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/review/application_rules.h"
#include "services/review/objection_rules.h"

namespace qinglian::review {
namespace {

using v1::Application;
using v1::Objection;

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"application", "review_round", "organization", "investigator",
                        "decide_due_date", "state"},
      .order_fields = {"name", "create_time", "update_time", "decide_due_date"}};
  return listing;
}

}  // namespace

ObjectionService::ObjectionService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.ObjectionService", environment.journal) {
  methods_.Read("GetObjection", this, &ObjectionService::Get);
  methods_.Read("ListObjections", this, &ObjectionService::List);
  methods_.Create("FileObjection", this, &ObjectionService::File);
  methods_.Transition("AdmitObjection", this, &ObjectionService::Admit);
  methods_.Transition("DismissObjection", this, &ObjectionService::Dismiss);
  methods_.Transition("InvestigateObjection", this, &ObjectionService::Investigate);
  methods_.Transition("ExtendObjection", this, &ObjectionService::Extend);
  methods_.Transition("ReportObjectionFindings", this, &ObjectionService::ReportFindings);
  methods_.Transition("SustainObjection", this, &ObjectionService::Sustain);
  methods_.Transition("RejectObjection", this, &ObjectionService::Reject);
  methods_.Transition("CloseObjection", this, &ObjectionService::Close);
  methods_.Transition("WithdrawObjection", this, &ObjectionService::Withdraw);
  methods_.Batch<v1::BatchTransitionObjectionsRequest, v1::BatchTransitionObjectionsResponse>(
      "BatchTransitionObjections");
}

absl::StatusOr<Objection> ObjectionService::Get(rpc::Call& call, mysql::Connection& connection,
                                                const v1::GetObjectionRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListObjectionsResponse> ObjectionService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListObjectionsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListObjectionsResponse::mutable_objections, std::move(conditions));
}

absl::StatusOr<ObjectionService::Locked> ObjectionService::LockAll(journal::Transaction& tx,
                                                                   const std::string& name,
                                                                   const std::string& etag) {
  ASSIGN_OR_RETURN(const Objection seen, store_.Get(tx.connection(), name));
  Locked locked;
  ASSIGN_OR_RETURN(locked.round, rounds_.Lock(tx, seen.review_round()));
  ASSIGN_OR_RETURN(locked.application, applications_.Lock(tx, seen.application()));
  ASSIGN_OR_RETURN(locked.objection, store_.LockFresh(tx, name, etag));
  ASSIGN_OR_RETURN(locked.step,
                   registry_.StepOf(tx, seen.organization(), locked.application.organization()));
  return locked;
}

absl::StatusOr<Objection> ObjectionService::File(journal::Transaction& tx,
                                                 const v1::FileObjectionRequest& request) {
  Objection objection = request.objection();
  resource::KeepInput(objection);
  RETURN_IF_ERROR(
      registry_.CheckPerson(tx.connection(), "objection.objector", objection.objector()));
  RETURN_IF_ERROR(registry_.CheckOrganization(tx.connection(), "objection.objector_organization",
                                              objection.objector_organization()));
  for (const std::string& digest : objection.evidence_digests()) {
    RETURN_IF_ERROR(registry_.CheckEvidence(tx.connection(), "objection.evidence_digests", digest));
  }
  ASSIGN_OR_RETURN(const Application seen,
                   applications_.Get(tx.connection(), objection.application()));
  // An objection and a decision on the names meet at the round.
  ASSIGN_OR_RETURN(const v1::ReviewRound round, rounds_.Lock(tx, seen.review_round()));
  ASSIGN_OR_RETURN(const Application application, applications_.Lock(tx, seen.name()));
  objection.set_review_round(round.name());
  objection.set_organization(round.organization());
  ASSIGN_OR_RETURN(const Step step,
                   registry_.StepOf(tx, round.organization(), application.organization()));
  RETURN_IF_ERROR(review::File(objection, application, round, step));
  return store_.Insert(tx, std::move(objection));
}

absl::StatusOr<Objection> ObjectionService::Admit(journal::Transaction& tx,
                                                  const v1::AdmitObjectionRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  ASSIGN_OR_RETURN(const calendar::Calendar calendar, registry_.WorkingCalendar(tx.connection()));
  RETURN_IF_ERROR(review::Admit(after, calendar, locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::Dismiss(journal::Transaction& tx,
                                                    const v1::DismissObjectionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::Dismiss(after, request.reason(), locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::Investigate(
    journal::Transaction& tx, const v1::InvestigateObjectionRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  InvestigatorFacts facts{.person = request.investigator()};
  ASSIGN_OR_RETURN(facts.at_work, registry_.AtWork(tx.connection(), facts.person));
  facts.on_panel = Holds(locked.round.panel(), facts.person);
  ASSIGN_OR_RETURN(facts.of_applicant, registry_.WorksIn(tx.connection(), facts.person,
                                                         locked.application.organization()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::Investigate(after, facts, locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::Extend(journal::Transaction& tx,
                                                   const v1::ExtendObjectionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  ASSIGN_OR_RETURN(const calendar::Calendar calendar, registry_.WorkingCalendar(tx.connection()));
  RETURN_IF_ERROR(review::Extend(after, calendar, request.reason(), locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::ReportFindings(
    journal::Transaction& tx, const v1::ReportObjectionFindingsRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::ReportFindings(after, request.findings(), locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::Status ObjectionService::DisqualifyCandidate(journal::Transaction& tx, const Locked& locked,
                                                   const std::string& reason) {
  const Application& before = locked.application;
  // It may have been withdrawn since.
  if (!kDisqualifyApplication.Leaves(before.state())) return absl::OkStatus();
  Application after = before;
  RETURN_IF_ERROR(review::Disqualify(after,
                                     Application::DISQUALIFICATION_REASON_OBJECTION_SUSTAINED,
                                     locked.objection.name(), reason, locked.step));
  RETURN_IF_ERROR(rounds_.ReturnPlace(tx, before));
  return applications_.Update(tx, before, std::move(after)).status();
}

absl::StatusOr<Objection> ObjectionService::Sustain(journal::Transaction& tx,
                                                    const v1::SustainObjectionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::Sustain(after, request.reason(), locked.step));
  RETURN_IF_ERROR(DisqualifyCandidate(tx, locked, request.reason()));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::Reject(journal::Transaction& tx,
                                                   const v1::RejectObjectionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::Reject(after, request.reason(), locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::Close(journal::Transaction& tx,
                                                  const v1::CloseObjectionRequest& request) {
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::Close(after, locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

absl::StatusOr<Objection> ObjectionService::Withdraw(journal::Transaction& tx,
                                                     const v1::WithdrawObjectionRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Locked locked, LockAll(tx, request.name(), request.etag()));
  Objection after = locked.objection;
  RETURN_IF_ERROR(review::Withdraw(after, request.reason(), locked.step));
  return store_.Update(tx, locked.objection, std::move(after));
}

}  // namespace qinglian::review
