// What the generic store does not know of appointment talks.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/appointment_talk.pb.h"

namespace qinglian::organization {

// Storage of appointment talks. Thread-safe: it holds no state.
class AppointmentTalkStore : public resource::Store<v1::AppointmentTalk> {
 public:
  // Whether a talk is planned or was held about an assignment. The caller has locked the
  // assignment.
  absl::StatusOr<bool> HasTalk(mysql::Connection& connection, std::string_view assignment) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_APPOINTMENT_TALK_STORE_H_
