#include "services/organization/oversight_link_service.h"

#include <map>
#include <string>
#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/oversight_link_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"kind", "overseer", "overseen", "state"}};
  return listing;
}

}  // namespace

OversightLinkService::OversightLinkService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.OversightLinkService",
               environment.journal) {
  methods_.Read("GetOversightLink", this, &OversightLinkService::Get);
  methods_.Read("ListOversightLinks", this, &OversightLinkService::List);
  methods_.Create("CreateOversightLink", this, &OversightLinkService::Create);
  methods_.Update("UpdateOversightLink", this, &OversightLinkService::Update);
  methods_.Transition("EndOversightLink", this, &OversightLinkService::End);
  methods_
      .Batch<v1::BatchTransitionOversightLinksRequest, v1::BatchTransitionOversightLinksResponse>(
          "BatchTransitionOversightLinks");
}

absl::StatusOr<v1::OversightLink> OversightLinkService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetOversightLinkRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListOversightLinksResponse> OversightLinkService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListOversightLinksRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListOversightLinksResponse::mutable_oversight_links,
                        std::move(conditions));
}

absl::Status OversightLinkService::LockBoth(journal::Transaction& tx,
                                            const v1::OversightLink& link) {
  std::map<std::string, const char*> sides = {{link.overseer(), "oversight_link.overseer"},
                                              {link.overseen(), "oversight_link.overseen"}};
  for (const auto& [name, field] : sides)
    RETURN_IF_ERROR(organizations_.LockPath(tx, field, name).status());
  return absl::OkStatus();
}

absl::StatusOr<v1::OversightLink> OversightLinkService::Create(
    journal::Transaction& tx, const v1::CreateOversightLinkRequest& request) {
  v1::OversightLink link = request.oversight_link();
  resource::KeepInput(link);
  // Also who oversees must be somebody whom the caller may see.
  RETURN_IF_ERROR(organizations_.Refer(tx, link.overseer()).status());
  RETURN_IF_ERROR(LockBoth(tx, link));
  ASSIGN_OR_RETURN(const v1::Organization overseer,
                   organizations_.Get(tx.connection(), link.overseer()));
  LinkFacts facts{.overseer_kind = overseer.kind(), .today = tx.today()};
  ASSIGN_OR_RETURN(facts.linked, store_.Linked(tx.connection(), link));
  RETURN_IF_ERROR(Begin(link, facts));
  return store_.Insert(tx, std::move(link));
}

absl::StatusOr<v1::OversightLink> OversightLinkService::Update(
    journal::Transaction& tx, const v1::UpdateOversightLinkRequest& request) {
  ASSIGN_OR_RETURN(const v1::OversightLink before,
                   store_.LockTarget(tx, request.oversight_link().name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdateLink));
  v1::OversightLink after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.oversight_link(), request.update_mask(), after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::OversightLink> OversightLinkService::End(
    journal::Transaction& tx, const v1::EndOversightLinkRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::OversightLink before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::OversightLink after = before;
  RETURN_IF_ERROR(organization::End(after, request.reason(), tx.today()));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
