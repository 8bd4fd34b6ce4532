// What the generic store does not know of risk points: what supervision has open on them, and which
// a post takes along.
#ifndef QINGLIAN_SERVICES_RISK_RISK_POINT_STORE_H_
#define QINGLIAN_SERVICES_RISK_RISK_POINT_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/risk/v1/risk_point.pb.h"

namespace qinglian::risk {

// Storage of risk points. Thread-safe: it holds no state.
class RiskPointStore : public resource::Store<v1::RiskPoint> {
 public:
  // Whether a case that touches the point, as far as the feed of supervision has told, is not
  // closed.
  absl::StatusOr<bool> HasOpenCase(mysql::Connection& connection, std::string_view point) const;

  // Whether a rectification item of such a case is neither closed out nor excused.
  absl::StatusOr<bool> HasOpenRectification(mysql::Connection& connection,
                                            std::string_view point) const;

  // The names of the points in force that are tied to a post or to a power item of it, in their
  // order.
  absl::StatusOr<std::vector<std::string>> InForceOn(mysql::Connection& connection,
                                                     std::string_view post) const;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_RISK_POINT_STORE_H_
