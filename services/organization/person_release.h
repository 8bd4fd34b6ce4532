// What a person holds here, and its end when he leaves.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_PERSON_RELEASE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_PERSON_RELEASE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/access/principal.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/delegation.pb.h"
#include "qinglian/organization/v1/person_service.pb.h"
#include "services/organization/assignment_changes.h"
#include "services/organization/organization_store.h"
#include "services/organization/person_store.h"
#include "services/organization/responsibility_letter_store.h"
#include "services/organization/role_binding_store.h"

namespace qinglian::organization {

// Thread-safe: it holds no state.
class PersonRelease {
 public:
  // What a person holds, of what the caller may see.
  absl::StatusOr<v1::GetHoldingsResponse> Holdings(mysql::Connection& connection,
                                                   const access::Scope& scope,
                                                   const std::string& person) const;

  // ReleasePerson, as person_service.proto says.
  absl::StatusOr<v1::Person> Release(journal::Transaction& tx,
                                     const v1::ReleasePersonRequest& request);

 private:
  absl::Status EndAssignments(journal::Transaction& tx, const std::string& person,
                              absl::CivilDay last_day) const;
  absl::Status EndDelegations(journal::Transaction& tx, const std::string& person,
                              const std::string& reason) const;
  absl::Status RevokeRoles(journal::Transaction& tx, const std::string& person,
                           const std::string& reason) const;

  OrganizationStore organizations_;
  PersonStore persons_;
  AssignmentStore assignments_;
  AssignmentChanges changes_;
  ResponsibilityLetterStore letters_;
  resource::Store<v1::Delegation> delegations_;
  RoleBindingStore bindings_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_PERSON_RELEASE_H_
