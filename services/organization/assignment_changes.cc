#include "services/organization/assignment_changes.h"

#include <utility>
#include <vector>

#include "common/status/macros.h"
#include "services/organization/assignment_rules.h"
#include "services/organization/responsibility_letter_rules.h"

namespace qinglian::organization {

absl::Status AssignmentChanges::LockPost(journal::Transaction& tx,
                                         const std::string& assignment) const {
  ASSIGN_OR_RETURN(const v1::Assignment seen, store_.Get(tx.connection(), assignment));
  return posts_.LockUnasked(tx, seen.post()).status();
}

absl::StatusOr<v1::Assignment> AssignmentChanges::End(journal::Transaction& tx,
                                                      const v1::Assignment& before,
                                                      absl::CivilDay last_day) const {
  v1::Assignment after = before;
  RETURN_IF_ERROR(organization::End(after, last_day, tx.today()));
  ASSIGN_OR_RETURN(const std::vector<v1::ResponsibilityLetter> letters,
                   letters_.LockSigned(tx, after.post()));
  for (const v1::ResponsibilityLetter& letter : letters) {
    v1::ResponsibilityLetter marked = letter;
    if (!EndSignature(marked, after.name())) continue;
    RETURN_IF_ERROR(letters_.Update(tx, letter, std::move(marked)).status());
  }
  return store_.Update(tx, before, std::move(after));
}

}  // namespace qinglian::organization
