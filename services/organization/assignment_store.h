// What the generic store does not know of assignments: who holds what now.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_STORE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/assignment.pb.h"
#include "services/organization/assignment_rules.h"

namespace qinglian::organization {

// Storage of assignments. Thread-safe: it holds no state.
class AssignmentStore : public resource::Store<v1::Assignment> {
 public:
  // Who holds a post now, and whether `person` does. The caller has locked the post.
  absl::StatusOr<PostFacts> HoldersOf(mysql::Connection& connection, std::string_view post,
                                      std::string_view person) const;

  // The name of the assignment by which a person holds a post now; nothing where he does not.
  absl::StatusOr<std::optional<std::string>> Holding(mysql::Connection& connection,
                                                     std::string_view person,
                                                     std::string_view post) const;

  // The names of what a person holds now.
  absl::StatusOr<std::vector<std::string>> HeldBy(mysql::Connection& connection,
                                                  std::string_view person) const;

  // The condition that an assignment was held on a day.
  static paging::Condition HeldOn(absl::CivilDay day);

  // The condition that a post exists and is held by fewer than may hold it.
  static paging::Condition Vacant();
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_ASSIGNMENT_STORE_H_
