#include "services/organization/appointment_talk_store.h"

#include "common/status/macros.h"

namespace qinglian::organization {

absl::StatusOr<bool> AppointmentTalkStore::HasTalk(mysql::Connection& connection,
                                                   std::string_view assignment) const {
  ASSIGN_OR_RETURN(const std::string id, plan().Find("assignment")->reference->IdOf(assignment));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT 1 FROM appointment_talks WHERE assignment = ? AND "
                                    "state IN ('STATE_PLANNED', 'STATE_HELD') LIMIT 1",
                                    {id}));
  return rows.Next();
}

}  // namespace qinglian::organization
