// What ends assignments: a step of its own, and a person who leaves.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_CHANGES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_CHANGES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/journal/transaction.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/post.pb.h"
#include "services/organization/assignment_store.h"
#include "services/organization/responsibility_letter_store.h"

namespace qinglian::organization {

// Thread-safe: it holds no state.
class AssignmentChanges {
 public:
  // The post of an assignment is locked before the assignment itself, as where a letter is
  // countersigned: that one then sees that it has changed hands, or this one sees the letter in
  // force. Which post it is never changes.
  absl::Status LockPost(journal::Transaction& tx, const std::string& assignment) const;

  // Ends a locked assignment, and marks the letters that were signed by it.
  absl::StatusOr<v1::Assignment> End(journal::Transaction& tx, const v1::Assignment& before,
                                     absl::CivilDay last_day) const;

 private:
  AssignmentStore store_;
  ResponsibilityLetterStore letters_;
  resource::Store<v1::Post> posts_;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_CHANGES_H_
