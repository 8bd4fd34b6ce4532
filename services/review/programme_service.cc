#include "services/review/programme_service.h"

#include <utility>
#include <vector>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/review/programme_rules.h"

namespace qinglian::review {
namespace {

using v1::Programme;

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{.filter_fields = {"organization", "state"}};
  return listing;
}

}  // namespace

ProgrammeService::ProgrammeService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.ProgrammeService", environment.journal) {
  methods_.Read("GetProgramme", this, &ProgrammeService::Get);
  methods_.Read("ListProgrammes", this, &ProgrammeService::List);
  methods_.Create("CreateProgramme", this, &ProgrammeService::Create);
  methods_.Update("UpdateProgramme", this, &ProgrammeService::Update);
  methods_.Update("DeleteProgramme", this, &ProgrammeService::Delete);
  methods_.Transition("OpenProgramme", this, &ProgrammeService::Open);
  methods_.Transition("CloseProgramme", this, &ProgrammeService::Close);
  methods_.Batch<v1::BatchTransitionProgrammesRequest, v1::BatchTransitionProgrammesResponse>(
      "BatchTransitionProgrammes");
}

absl::StatusOr<Programme> ProgrammeService::Get(rpc::Call& call, mysql::Connection& connection,
                                                const v1::GetProgrammeRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListProgrammesResponse> ProgrammeService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListProgrammesRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListProgrammesResponse::mutable_programmes, std::move(conditions));
}

absl::Status ProgrammeService::CheckReferences(journal::Transaction& tx,
                                               const Programme& programme) {
  RETURN_IF_ERROR(registry_.CheckOrganization(tx.connection(), "programme.organization",
                                              programme.organization()));
  if (programme.prerequisite_programme().empty()) return absl::OkStatus();
  return store_.Get(tx.connection(), programme.prerequisite_programme()).status();
}

absl::StatusOr<Programme> ProgrammeService::Create(journal::Transaction& tx,
                                                   const v1::CreateProgrammeRequest& request) {
  Programme programme = request.programme();
  resource::KeepInput(programme);
  RETURN_IF_ERROR(CheckReferences(tx, programme));
  programme.set_state(Programme::STATE_PREPARED);
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, programme.organization()));
  RETURN_IF_ERROR(Check(programme, kUpdateProgramme, {{kOrganizerSide, step.organizer_side}}));
  return store_.Insert(tx, std::move(programme));
}

absl::StatusOr<Programme> ProgrammeService::Update(journal::Transaction& tx,
                                                   const v1::UpdateProgrammeRequest& request) {
  const std::string& name = request.programme().name();
  ASSIGN_OR_RETURN(const Programme before, store_.LockTarget(tx, name, request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  RETURN_IF_ERROR(Check(before, kUpdateProgramme, {{kOrganizerSide, step.organizer_side}}));
  Programme after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.programme(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Programme> ProgrammeService::Delete(journal::Transaction& tx,
                                                   const v1::DeleteProgrammeRequest& request) {
  ASSIGN_OR_RETURN(const Programme before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const bool referred_to, store_.ReferredTo(tx.connection(), before.name()));
  RETURN_IF_ERROR(CheckDelete(before, referred_to, step));
  return store_.Delete(tx, before);
}

absl::StatusOr<Programme> ProgrammeService::Open(journal::Transaction& tx,
                                                 const v1::OpenProgrammeRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Programme before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  Programme after = before;
  RETURN_IF_ERROR(review::Open(after, request.reason(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Programme> ProgrammeService::Close(journal::Transaction& tx,
                                                  const v1::CloseProgrammeRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const Programme before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const bool running, store_.RoundRunning(tx.connection(), before.name()));
  Programme after = before;
  RETURN_IF_ERROR(review::Close(after, request.reason(), running, step));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::review
