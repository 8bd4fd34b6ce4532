// What the generic store does not know of controls: how those of a risk point stand.
#ifndef QINGLIAN_SERVICES_RISK_CONTROL_STORE_H_
#define QINGLIAN_SERVICES_RISK_CONTROL_STORE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/risk/v1/control.pb.h"

namespace qinglian::risk {

// How the controls of a risk point stand.
struct ControlCounts {
  // Neither cancelled nor retired.
  int proposed = 0;
  int active = 0;
  // In progress, on hold, active or degraded.
  int started = 0;
};

// Storage of controls. Thread-safe: it holds no state. Callers hold the lock of the risk point.
class ControlStore : public resource::Store<v1::Control> {
 public:
  absl::StatusOr<ControlCounts> CountsOf(mysql::Connection& connection,
                                         std::string_view point) const;

  // The controls of a point that are PLANNED, locked, in their order.
  absl::StatusOr<std::vector<v1::Control>> LockPlanned(journal::Transaction& tx,
                                                       std::string_view point) const;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_CONTROL_STORE_H_
