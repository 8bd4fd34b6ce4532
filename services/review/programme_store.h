// What the generic store does not know of programmes: whether anything needs them still.
#ifndef QINGLIAN_SERVICES_REVIEW_PROGRAMME_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_PROGRAMME_STORE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/programme.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class ProgrammeStore : public resource::Store<v1::Programme> {
 public:
  // Whether a round, rubric, plan or other programme refers to it.
  absl::StatusOr<bool> ReferredTo(mysql::Connection& connection, std::string_view programme) const;
  // Whether a round of it is neither DECIDED, ARCHIVED nor CANCELLED.
  absl::StatusOr<bool> RoundRunning(mysql::Connection& connection,
                                    std::string_view programme) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_PROGRAMME_STORE_H_
