// What the generic store does not know of lines of responsibility lists.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_STORE_H_
#define QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/organization/v1/responsibility.pb.h"

namespace qinglian::organization {

// Storage of lines of responsibility lists. Thread-safe: it holds no state.
class ResponsibilityStore : public resource::Store<v1::Responsibility> {
 public:
  // The names of those that hold of which a post is the bearer or the leader.
  absl::StatusOr<std::vector<std::string>> OfPost(mysql::Connection& connection,
                                                  std::string_view post) const;
};

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_RESPONSIBILITY_STORE_H_
