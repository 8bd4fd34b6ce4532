#include "services/organization/appointment_talk_service.h"

#include <utility>

#include "common/resource/fields.h"
#include "common/resource/list.h"
#include "common/status/macros.h"
#include "services/organization/appointment_talk_rules.h"

namespace qinglian::organization {
namespace {

const resource::Listing& Listed() {
  static const auto& listing = *new resource::Listing{
      .filter_fields = {"organization", "assignment", "person", "state", "due_date"},
      .order_fields = {"name", "due_date", "create_time", "update_time"}};
  return listing;
}

}  // namespace

AppointmentTalkService::AppointmentTalkService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.AppointmentTalkService",
               environment.journal) {
  methods_.Read("GetAppointmentTalk", this, &AppointmentTalkService::Get);
  methods_.Read("ListAppointmentTalks", this, &AppointmentTalkService::List);
  methods_.Create("CreateAppointmentTalk", this, &AppointmentTalkService::Create);
  methods_.Transition("HoldAppointmentTalk", this, &AppointmentTalkService::Hold);
  methods_.Transition("CancelAppointmentTalk", this, &AppointmentTalkService::Cancel);
  methods_.Batch<v1::BatchTransitionAppointmentTalksRequest,
                 v1::BatchTransitionAppointmentTalksResponse>("BatchTransitionAppointmentTalks");
}

absl::StatusOr<v1::AppointmentTalk> AppointmentTalkService::Get(
    rpc::Call& call, mysql::Connection& connection, const v1::GetAppointmentTalkRequest& request) {
  return store_.Show(connection, call.scope(), request.name());
}

absl::StatusOr<v1::ListAppointmentTalksResponse> AppointmentTalkService::List(
    rpc::Call& call, mysql::Connection& connection,
    const v1::ListAppointmentTalksRequest& request) {
  ASSIGN_OR_RETURN(std::vector<paging::Condition> conditions,
                   organizations_.BelongsToSubtree(connection, store_.plan(), request.subtree()));
  return resource::List(store_, connection, call.scope(), environment_.tokens, Listed(), request,
                        &v1::ListAppointmentTalksResponse::mutable_appointment_talks,
                        std::move(conditions));
}

absl::StatusOr<v1::AppointmentTalk> AppointmentTalkService::Create(
    journal::Transaction& tx, const v1::CreateAppointmentTalkRequest& request) {
  v1::AppointmentTalk talk = request.appointment_talk();
  resource::KeepInput(talk);
  ASSIGN_OR_RETURN(const v1::Assignment assignment, assignments_.Lock(tx, talk.assignment()));
  ASSIGN_OR_RETURN(const bool has_other, store_.HasTalk(tx.connection(), talk.assignment()));
  RETURN_IF_ERROR(Plan(talk, assignment, has_other));
  return store_.Insert(tx, std::move(talk));
}

absl::StatusOr<v1::AppointmentTalk> AppointmentTalkService::Hold(
    journal::Transaction& tx, const v1::HoldAppointmentTalkRequest& request) {
  ASSIGN_OR_RETURN(const v1::AppointmentTalk before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  RETURN_IF_ERROR(persons_.Refer(tx, request.talker()).status());
  ASSIGN_OR_RETURN(const v1::Assignment assignment,
                   assignments_.Get(tx.connection(), before.assignment()));
  v1::AppointmentTalk after = before;
  RETURN_IF_ERROR(organization::Hold(after, request, assignment, tx.today()));
  return store_.Update(tx, before, std::move(after));
}

absl::StatusOr<v1::AppointmentTalk> AppointmentTalkService::Cancel(
    journal::Transaction& tx, const v1::CancelAppointmentTalkRequest& request) {
  tx.set_reason(request.reason());
  ASSIGN_OR_RETURN(const v1::AppointmentTalk before,
                   store_.LockFresh(tx, request.name(), request.etag()));
  v1::AppointmentTalk after = before;
  RETURN_IF_ERROR(organization::Cancel(after, request.reason()));
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
