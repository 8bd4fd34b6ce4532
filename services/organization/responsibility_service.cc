#include "services/organization/responsibility_service.h"

#include <utility>

#include "common/clock/date.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"organization", "kind", "bearing", "post",
                                               "leader_post", "office", "state"}};
  return listing;
}

}  // namespace

ResponsibilityService::ResponsibilityService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.ResponsibilityService",
               environment.journal) {
  methods_.Read("GetResponsibility", this, &ResponsibilityService::Get);
  methods_.Read("ListResponsibilities", this, &ResponsibilityService::List);
  methods_.Read("GetResponsibilityChain", this, &ResponsibilityService::GetChain);
  methods_.Create("CreateResponsibility", this, &ResponsibilityService::Create);
  methods_.Update("UpdateResponsibility", this, &ResponsibilityService::Update);
  methods_.Transition("EndResponsibility", this, &ResponsibilityService::End);
  methods_.Batch<v1::BatchTransitionResponsibilitiesRequest,
                 v1::BatchTransitionResponsibilitiesResponse>("BatchTransitionResponsibilities");
}

absl::StatusOr<v1::Responsibility> ResponsibilityService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetResponsibilityRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListResponsibilitiesResponse> ResponsibilityService::List(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListResponsibilitiesRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListResponsibilitiesResponse::mutable_responsibilities,
                        std::move(conditions));
}

absl::StatusOr<v1::ResponsibilityChain> ResponsibilityService::GetChain(
    rpc::Call& call, mysql::Connection& connection,
    const v1::GetResponsibilityChainRequest& request) {
  ASSIGN_OR_RETURN(const absl::CivilDay day,
                   AsOfDay(request.as_of_date(), clock::DayOf(environment_.business_clock.Now())));
  v1::ResponsibilityChain chain;
  ASSIGN_OR_RETURN(*chain.mutable_responsibility(),
                   store_.Show(connection, call.scope(), request.name()));
  const v1::Responsibility& found = chain.responsibility();
  *chain.mutable_date() = clock::ToDate(day);
  const std::string& leader = found.leader_post().empty() ? found.post() : found.leader_post();
  ASSIGN_OR_RETURN(*chain.mutable_leader(), LinkOf(call, connection, leader, day));
  ASSIGN_OR_RETURN(*chain.mutable_bearer(), LinkOf(call, connection, found.post(), day));
  const std::string& office = found.office().empty() ? found.organization() : found.office();
  absl::StatusOr<v1::Organization> shown = organizations_.Show(
      connection, call.scope(), office, organizations_.history().AsOf(day, std::nullopt));
  if (absl::IsNotFound(shown.status())) return chain;
  RETURN_IF_ERROR(shown.status());
  *chain.mutable_office() = *std::move(shown);
  return chain;
}

absl::StatusOr<v1::ResponsibilityChain::Link> ResponsibilityService::LinkOf(
    rpc::Call& call, mysql::Connection& connection, const std::string& post, absl::CivilDay day) {
  v1::ResponsibilityChain::Link link;
  absl::StatusOr<v1::Post> shown = posts_.Show(connection, call.scope(), post);
  if (absl::IsNotFound(shown.status())) return link;
  RETURN_IF_ERROR(shown.status());
  *link.mutable_post() = *std::move(shown);
  ASSIGN_OR_RETURN(std::string id, posts_.plan().type().IdOf(post));
  paging::Condition of_post{"assignments.post = ?", {}};
  of_post.values.AddOwned(std::move(id));
  const resource::Listing listing{.filter_fields = {}};
  resource::Question question{.page_size = listing.max_page_size,
                              .page_token = "",
                              .filter = "",
                              .order_by = "",
                              .conditions = {}};
  question.conditions.push_back(std::move(of_post));
  question.conditions.push_back(AssignmentStore::HeldOn(day));
  RETURN_IF_ERROR(assignments_.messages()
                      .List(connection, call.scope(), environment_.tokens, listing, question,
                            [&] { return link.add_assignments(); })
                      .status());
  return link;
}

absl::Status ResponsibilityService::CheckReferences(journal::Transaction& tx,
                                                    const v1::Responsibility& responsibility,
                                                    const ResponsibilityTransition& transition) {
  ASSIGN_OR_RETURN(const v1::Post post, posts_.Lock(tx, responsibility.post()));
  RETURN_IF_ERROR(CheckBearer(responsibility, transition, post));
  if (!responsibility.leader_post().empty() && responsibility.leader_post() != post.name()) {
    ASSIGN_OR_RETURN(const v1::Post leader, posts_.Lock(tx, responsibility.leader_post()));
    RETURN_IF_ERROR(lifecycle::CheckGuard(responsibility, transition, kPostOfOrganization,
                                          leader.state() == v1::Post::STATE_ACTIVE));
  }
  if (responsibility.office().empty()) return absl::OkStatus();
  return organizations_.LockPath(tx, "responsibility.office", responsibility.office()).status();
}

absl::StatusOr<v1::Responsibility> ResponsibilityService::Create(
    journal::Transaction& tx, const v1::CreateResponsibilityRequest& request) {
  v1::Responsibility responsibility = request.responsibility();
  resource::KeepInput(responsibility);
  RETURN_IF_ERROR(
      organizations_.LockPath(tx, "responsibility.organization", responsibility.organization())
          .status());
  RETURN_IF_ERROR(CheckReferences(tx, responsibility, kCreateResponsibility));
  RETURN_IF_ERROR(Begin(responsibility, tx.today()));
  return store_.Insert(tx, std::move(responsibility));
}

absl::StatusOr<v1::Responsibility> ResponsibilityService::Update(
    journal::Transaction& tx, const v1::UpdateResponsibilityRequest& request) {
  ASSIGN_OR_RETURN(const v1::Responsibility before,
                   store_.LockTarget(tx, request.responsibility().name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdateResponsibility));
  v1::Responsibility after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.responsibility(), request.update_mask(), after));
  RETURN_IF_ERROR(CheckReferences(tx, after, kUpdateResponsibility));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::Responsibility> ResponsibilityService::End(
    journal::Transaction& tx, const v1::EndResponsibilityRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::Responsibility before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::Responsibility after = before;
  RETURN_IF_ERROR(organization::End(after, request.reason(), tx.today()));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
