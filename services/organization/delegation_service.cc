#include "services/organization/delegation_service.h"

#include <set>
#include <utility>
#include <vector>

#include "common/journal/actor.h"
#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/visibility/visibility.h"
#include "services/organization/caller_leases.h"
#include "services/organization/delegation_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"delegator", "delegate", "organization", "state",
                                               "first_date", "last_date"}};
  return listing;
}

bool AtWork(const v1::Person& person) {
  return person.employment_state() == v1::Person::EMPLOYMENT_STATE_EMPLOYED;
}

}  // namespace

DelegationService::DelegationService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.DelegationService",
               environment.journal) {
  methods_.Read("GetDelegation", this, &DelegationService::Get);
  methods_.Read("ListDelegations", this, &DelegationService::List);
  methods_.Create("CreateDelegation", this, &DelegationService::Create, AwaitLeases);
  methods_.Create("EndDelegation", this, &DelegationService::End, AwaitLeases);
}

absl::StatusOr<v1::Delegation> DelegationService::Get(rpc::Call& call,
                                                      mysql::Connection& connection,
                                                      const v1::GetDelegationRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListDelegationsResponse> DelegationService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListDelegationsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListDelegationsResponse::mutable_delegations, std::move(conditions));
}

absl::StatusOr<v1::Delegation> DelegationService::Create(
    journal::Transaction& tx, const v1::CreateDelegationRequest& request) {
  v1::Delegation delegation = request.delegation();
  resource::KeepInput(delegation);
  tx.set_reason(delegation.reason());
  // Whose delegation it is decides whether the caller may make it; who acts may be of elsewhere.
  ASSIGN_OR_RETURN(const v1::Person delegator, persons_.Refer(tx, delegation.delegator()));
  ASSIGN_OR_RETURN(const v1::Person delegate, persons_.Get(tx.connection(), delegation.delegate()));
  RETURN_IF_ERROR(LockBoth(tx, delegation));
  delegation.set_organization(delegator.organization());
  ASSIGN_OR_RETURN(const bool powerful,
                   bindings_.HoldsPowerful(tx.connection(), delegator.name(), tx.today()));
  ASSIGN_OR_RETURN(const bool within_reach, ReachesAllOf(tx, delegator.name()));
  RETURN_IF_ERROR(Delegate(delegation, {.actor = journal::ActorOf(tx),
                                        .both_at_work = AtWork(delegator) && AtWork(delegate),
                                        .delegator_powerful = powerful,
                                        .within_reach = within_reach}));
  return store_.Insert(tx, std::move(delegation));
}

// So that both keep their staff numbers when the delegation comes to be.
absl::Status DelegationService::LockBoth(journal::Transaction& tx,
                                         const v1::Delegation& delegation) {
  for (const std::string& person : std::set{delegation.delegator(), delegation.delegate()})
    RETURN_IF_ERROR(persons_.LockUnasked(tx, person).status());
  return absl::OkStatus();
}

absl::StatusOr<bool> DelegationService::ReachesAllOf(journal::Transaction& tx,
                                                     const std::string& delegator) {
  ASSIGN_OR_RETURN(const Holding holding,
                   bindings_.HoldingOf(tx.connection(), delegator, tx.today()));
  for (const access::v1::Grant& grant : holding.grants) {
    ASSIGN_OR_RETURN(const bool reached,
                     visibility::Reaches(tx.connection(), tx.scope(), grant.organization()));
    if (!reached) return false;
  }
  return true;
}

absl::StatusOr<v1::Delegation> DelegationService::End(journal::Transaction& tx,
                                                      const v1::EndDelegationRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::Delegation before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::Delegation after = before;
  RETURN_IF_ERROR(EndDelegation(after, tx.facts().actor, request.reason()));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
