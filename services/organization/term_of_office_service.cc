#include "services/organization/term_of_office_service.h"

#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/term_of_office_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing =
      *new resource::Listing{.filter_fields = {"organization", "state", "start_date", "due_date"},
                             .order_fields = {"name", "due_date", "create_time", "update_time"}};
  return listing;
}

}  // namespace

TermOfOfficeService::TermOfOfficeService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.TermOfOfficeService",
               environment.journal) {
  methods_.Read("GetTermOfOffice", this, &TermOfOfficeService::Get);
  methods_.Read("ListTermsOfOffice", this, &TermOfOfficeService::List);
  methods_.Create("CreateTermOfOffice", this, &TermOfOfficeService::Create);
  methods_.Update("UpdateTermOfOffice", this, &TermOfOfficeService::Update);
  methods_.Transition("ExtendTermOfOffice", this, &TermOfOfficeService::Extend);
  methods_.Transition("ConcludeTermOfOffice", this, &TermOfOfficeService::Conclude);
  methods_.Batch<v1::BatchTransitionTermsOfOfficeRequest, v1::BatchTransitionTermsOfOfficeResponse>(
      "BatchTransitionTermsOfOffice");
}

absl::StatusOr<v1::TermOfOffice> TermOfOfficeService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetTermOfOfficeRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListTermsOfOfficeResponse> TermOfOfficeService::List(
    rpc::Call& call, mysql::Connection& connection, const v1::ListTermsOfOfficeRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListTermsOfOfficeResponse::mutable_terms_of_office,
                        std::move(conditions));
}

absl::StatusOr<v1::TermOfOffice> TermOfOfficeService::Create(
    journal::Transaction& tx, const v1::CreateTermOfOfficeRequest& request) {
  v1::TermOfOffice term = request.term_of_office();
  resource::KeepInput(term);
  // The organization is the root that its terms are counted under.
  RETURN_IF_ERROR(
      organizations_.LockPath(tx, "term_of_office.organization", term.organization()).status());
  ASSIGN_OR_RETURN(const bool has_current, store_.HasCurrent(tx.connection(), term.organization()));
  RETURN_IF_ERROR(Begin(term, has_current, tx.today()));
  return store_.Insert(tx, std::move(term));
}

absl::StatusOr<v1::TermOfOffice> TermOfOfficeService::Update(
    journal::Transaction& tx, const v1::UpdateTermOfOfficeRequest& request) {
  ASSIGN_OR_RETURN(const v1::TermOfOffice before,
                   store_.LockTarget(tx, request.term_of_office().name(), request.etag()));
  RETURN_IF_ERROR(lifecycle::CheckState(before, kUpdateTerm));
  v1::TermOfOffice after = before;
  RETURN_IF_ERROR(resource::ApplyUpdate(request.term_of_office(), request.update_mask(), after));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::TermOfOffice> TermOfOfficeService::Extend(
    journal::Transaction& tx, const v1::ExtendTermOfOfficeRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::TermOfOffice before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::TermOfOffice after = before;
  RETURN_IF_ERROR(organization::Extend(after, request, tx.now()));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::TermOfOffice> TermOfOfficeService::Conclude(
    journal::Transaction& tx, const v1::ConcludeTermOfOfficeRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::TermOfOffice before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::TermOfOffice after = before;
  RETURN_IF_ERROR(
      organization::Conclude(after, request.conclude_date(), request.reason(), tx.today()));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
