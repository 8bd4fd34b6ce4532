// What the generic store does not know of power items: what stands on them.
#ifndef QINGLIAN_SERVICES_RISK_POWER_ITEM_STORE_H_
#define QINGLIAN_SERVICES_RISK_POWER_ITEM_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/risk/v1/power_item.pb.h"

namespace qinglian::risk {

// Storage of power items. Thread-safe: it holds no state.
class PowerItemStore : public resource::Store<v1::PowerItem> {
 public:
  // The names of the risk points in force on a power item, in their order.
  absl::StatusOr<std::vector<std::string>> RiskPointsInForce(mysql::Connection& connection,
                                                             std::string_view power_item) const;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_POWER_ITEM_STORE_H_
