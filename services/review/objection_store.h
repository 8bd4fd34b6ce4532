// What the generic store does not know of objections: whether one is open.
#ifndef QINGLIAN_SERVICES_REVIEW_OBJECTION_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_OBJECTION_STORE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/objection.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class ObjectionStore : public resource::Store<v1::Objection> {
 public:
  // Whether one about the application is FILED, ADMITTED or INVESTIGATING.
  absl::StatusOr<bool> OpenOn(mysql::Connection& connection, std::string_view application) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_OBJECTION_STORE_H_
