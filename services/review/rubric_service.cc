#include "services/review/rubric_service.h"

#include <utility>
#include <vector>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/review/rubric_rules.h"

namespace qinglian::review {
namespace {

using v1::Rubric;

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"programme", "organization", "state"}};
  return listing;
}

}  // namespace

RubricService::RubricService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.RubricService", environment.journal) {
  methods_.Read("GetRubric", this, &RubricService::Get);
  methods_.Read("ListRubrics", this, &RubricService::List);
  methods_.Create("CreateRubric", this, &RubricService::Create);
  methods_.Update("UpdateRubric", this, &RubricService::Update);
  methods_.Update("DeleteRubric", this, &RubricService::Delete);
  methods_.Transition("FreezeRubric", this, &RubricService::Freeze);
  methods_.Batch<v1::BatchTransitionRubricsRequest, v1::BatchTransitionRubricsResponse>(
      "BatchTransitionRubrics");
}

absl::StatusOr<Rubric> RubricService::Get(rpc::Call& call, mysql::Connection& connection,
                                          const v1::GetRubricRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListRubricsResponse> RubricService::List(rpc::Call& call,
                                                            mysql::Connection& connection,
                                                            const v1::ListRubricsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListRubricsResponse::mutable_rubrics, std::move(conditions));
}

absl::StatusOr<Rubric> RubricService::Create(journal::Transaction& tx,
                                             const v1::CreateRubricRequest& request) {
  Rubric rubric = request.rubric();
  resource::KeepInput(rubric);
  // The programme is locked, so that no two rubrics of it count themselves alike.
  ASSIGN_OR_RETURN(const v1::Programme programme, programmes_.Lock(tx, rubric.programme()));
  rubric.set_organization(programme.organization());
  rubric.set_state(Rubric::STATE_DRAFT);
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, programme.organization()));
  RETURN_IF_ERROR(Check(rubric, kUpdateRubric, {{kOrganizerSide, step.organizer_side}}));
  ASSIGN_OR_RETURN(const int count, store_.CountOf(tx.connection(), programme.name()));
  rubric.set_edition(count + 1);
  return store_.Insert(tx, std::move(rubric));
}

absl::StatusOr<Rubric> RubricService::Update(journal::Transaction& tx,
                                             const v1::UpdateRubricRequest& request) {
  const std::string& name = request.rubric().name();
  ASSIGN_OR_RETURN(const Rubric before, store_.LockTarget(tx, name, request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  RETURN_IF_ERROR(Check(before, kUpdateRubric, {{kOrganizerSide, step.organizer_side}}));
  Rubric after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.rubric(), request.update_mask(), after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<Rubric> RubricService::Delete(journal::Transaction& tx,
                                             const v1::DeleteRubricRequest& request) {
  ASSIGN_OR_RETURN(const Rubric before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  ASSIGN_OR_RETURN(const bool referred_to, store_.ReferredTo(tx.connection(), before.name()));
  RETURN_IF_ERROR(CheckDelete(before, referred_to, step));
  return store_.Delete(tx, before);
}

absl::StatusOr<Rubric> RubricService::Freeze(journal::Transaction& tx,
                                             const v1::FreezeRubricRequest& request) {
  ASSIGN_OR_RETURN(const Rubric before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, registry_.StepOf(tx, before.organization()));
  Rubric after = before;
  RETURN_IF_ERROR(review::Freeze(after, step));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::review
