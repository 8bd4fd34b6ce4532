// What the generic store does not know of rubrics: how many there were, and who refers to them.
#ifndef QINGLIAN_SERVICES_REVIEW_RUBRIC_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_RUBRIC_STORE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/rubric.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class RubricStore : public resource::Store<v1::Rubric> {
 public:
  // How many rubrics the programme ever had.
  absl::StatusOr<int> CountOf(mysql::Connection& connection, std::string_view programme) const;
  // Whether a round refers to it.
  absl::StatusOr<bool> ReferredTo(mysql::Connection& connection, std::string_view rubric) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_RUBRIC_STORE_H_
