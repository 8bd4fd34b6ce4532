#include "services/review/action_plan_service.h"

#include <utility>
#include <vector>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/review/action_plan_rules.h"

namespace qinglian::review {
namespace {

using v1::ActionPlan;

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "programme", "programme_organization", "year", "accepted",
                        "state"}};
  return listing;
}

}  // namespace

ActionPlanService::ActionPlanService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.review.v1.ActionPlanService", environment.journal) {
  methods_.Read("GetActionPlan", this, &ActionPlanService::Get);
  methods_.Read("ListActionPlans", this, &ActionPlanService::List);
  methods_.Create("CreateActionPlan", this, &ActionPlanService::Create);
  methods_.Update("UpdateActionPlan", this, &ActionPlanService::Update);
  methods_.Transition("FileActionPlan", this, &ActionPlanService::File);
  methods_.Transition("AcceptActionPlan", this, &ActionPlanService::Accept);
  methods_.Transition("ReturnActionPlan", this, &ActionPlanService::Return);
  methods_.Transition("ConcludeActionPlan", this, &ActionPlanService::Conclude);
  methods_.Batch<v1::BatchTransitionActionPlansRequest, v1::BatchTransitionActionPlansResponse>(
      "BatchTransitionActionPlans");
}

absl::StatusOr<ActionPlan> ActionPlanService::Get(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::GetActionPlanRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListActionPlansResponse> ActionPlanService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListActionPlansRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   registry_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListActionPlansResponse::mutable_action_plans, std::move(conditions));
}

absl::Status ActionPlanService::CheckReferences(journal::Transaction& tx, const ActionPlan& plan) {
  RETURN_IF_ERROR(registry_.CheckOrganization(tx.connection(), "action_plan.organization",
                                              plan.organization()));
  for (const auto& measure : plan.measures()) {
    RETURN_IF_ERROR(registry_.CheckPerson(
        tx.connection(), "action_plan.measures.responsible_person", measure.responsible_person()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Step> ActionPlanService::StepOn(journal::Transaction& tx, const ActionPlan& plan) {
  return registry_.StepOf(tx, plan.programme_organization(), plan.organization());
}

absl::StatusOr<ActionPlan> ActionPlanService::Create(journal::Transaction& tx,
                                                     const v1::CreateActionPlanRequest& request) {
  ActionPlan plan = request.action_plan();
  resource::KeepInput(plan);
  RETURN_IF_ERROR(CheckReferences(tx, plan));
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(tx.connection(), plan.programme()));
  plan.set_programme_organization(programme.organization());
  plan.set_state(ActionPlan::STATE_DRAFT);
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, plan));
  RETURN_IF_ERROR(Check(plan, kUpdateActionPlan, {{kApplicantSide, step.applicant_side}}));
  return store_.Insert(tx, std::move(plan));
}

absl::StatusOr<ActionPlan> ActionPlanService::Update(journal::Transaction& tx,
                                                     const v1::UpdateActionPlanRequest& request) {
  const std::string& name = request.action_plan().name();
  ASSIGN_OR_RETURN(const ActionPlan before, store_.LockTarget(tx, name, request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  RETURN_IF_ERROR(Check(before, kUpdateActionPlan, {{kApplicantSide, step.applicant_side}}));
  ActionPlan after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.action_plan(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckReferences(tx, after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ActionPlan> ActionPlanService::File(journal::Transaction& tx,
                                                   const v1::FileActionPlanRequest& request) {
  ASSIGN_OR_RETURN(const ActionPlan before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  ASSIGN_OR_RETURN(const v1::Programme programme,
                   programmes_.Get(tx.connection(), before.programme()));
  ActionPlan after = before;
  RETURN_IF_ERROR(review::File(after, programme.state() == v1::Programme::STATE_OPEN, step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ActionPlan> ActionPlanService::Accept(journal::Transaction& tx,
                                                     const v1::AcceptActionPlanRequest& request) {
  ASSIGN_OR_RETURN(const ActionPlan before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  ActionPlan after = before;
  RETURN_IF_ERROR(review::Accept(after, request.comment(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ActionPlan> ActionPlanService::Return(journal::Transaction& tx,
                                                     const v1::ReturnActionPlanRequest& request) {
  tx.set_reason(request.comment());
  ASSIGN_OR_RETURN(const ActionPlan before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  ActionPlan after = before;
  RETURN_IF_ERROR(review::Return(after, request.comment(), step));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<ActionPlan> ActionPlanService::Conclude(
    journal::Transaction& tx, const v1::ConcludeActionPlanRequest& request) {
  ASSIGN_OR_RETURN(const ActionPlan before, store_.LockFresh(tx, request.name(), request.etag()));
  ASSIGN_OR_RETURN(const Step step, StepOn(tx, before));
  ActionPlan after = before;
  RETURN_IF_ERROR(review::Conclude(after, request.comment(), step));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::review
