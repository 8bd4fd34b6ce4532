#include "services/risk/power_item_store.h"

#include "common/status/macros.h"
#include "qinglian/risk/v1/risk_point.pb.h"

namespace qinglian::risk {

absl::StatusOr<std::vector<std::string>> PowerItemStore::RiskPointsInForce(
    mysql::Connection& connection, std::string_view power_item) const {
  ASSIGN_OR_RETURN(const std::string id, plan().type().IdOf(power_item));
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM risk_points WHERE power_item = ? AND "
                                    "state IN ('STATE_ACTIVE', 'STATE_SUSPENDED') ORDER BY id",
                                    {id}));
  const record::ResourceType& points = *record::TypeOf(v1::RiskPoint::descriptor());
  std::vector<std::string> names;
  while (rows.Next()) names.push_back(points.NameOf(rows.Bytes(0)));
  return names;
}

}  // namespace qinglian::risk
