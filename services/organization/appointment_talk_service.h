// The methods of qinglian.organization.v1.AppointmentTalkService.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_SERVICE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_SERVICE_H_

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/organization/v1/appointment_talk_service.pb.h"
#include "services/organization/appointment_talk_store.h"
#include "services/organization/assignment_store.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_store.h"

namespace qinglian::organization {

// Thread-safe; outlives the server.
class AppointmentTalkService {
 public:
  explicit AppointmentTalkService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const resource::Store<v1::AppointmentTalk>& store() const { return store_; }

 private:
  absl::StatusOr<v1::AppointmentTalk> Get(rpc::Call& call, mysql::Connection& connection,
                                          const v1::GetAppointmentTalkRequest& request);
  absl::StatusOr<v1::ListAppointmentTalksResponse> List(
      rpc::Call& call, mysql::Connection& connection,
      const v1::ListAppointmentTalksRequest& request);
  absl::StatusOr<v1::AppointmentTalk> Create(journal::Transaction& tx,
                                             const v1::CreateAppointmentTalkRequest& request);
  absl::StatusOr<v1::AppointmentTalk> Hold(journal::Transaction& tx,
                                           const v1::HoldAppointmentTalkRequest& request);
  absl::StatusOr<v1::AppointmentTalk> Cancel(journal::Transaction& tx,
                                             const v1::CancelAppointmentTalkRequest& request);

  const serving::Environment& environment_;
  OrganizationStore organizations_;
  AppointmentTalkStore store_;
  AssignmentStore assignments_;
  PersonStore persons_;
  resource::Methods methods_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_SERVICE_H_
