// The methods of qinglian.risk.v1.PowerItemService.
#ifndef QINGLIAN_SERVICES_RISK_POWER_ITEM_SERVICE_H_
#define QINGLIAN_SERVICES_RISK_POWER_ITEM_SERVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/methods.h"
#include "common/serving/application.h"
#include "qinglian/risk/v1/power_item_service.pb.h"
#include "services/risk/power_item_store.h"
#include "services/risk/registry.h"
#include "services/risk/risk_point_store.h"

namespace qinglian::risk {

// Thread-safe; outlives the server.
class PowerItemService {
 public:
  explicit PowerItemService(const serving::Environment& environment);

  resource::Methods& methods() { return methods_; }
  const PowerItemStore& store() const { return store_; }

 private:
  absl::StatusOr<v1::PowerItem> Get(rpc::Call& call, mysql::Connection& connection,
                                    const v1::GetPowerItemRequest& request);
  absl::StatusOr<v1::ListPowerItemsResponse> List(rpc::Call& call, mysql::Connection& connection,
                                                  const v1::ListPowerItemsRequest& request);
  absl::StatusOr<v1::PowerItem> Create(journal::Transaction& tx,
                                       const v1::CreatePowerItemRequest& request);
  absl::StatusOr<v1::PowerItem> Update(journal::Transaction& tx,
                                       const v1::UpdatePowerItemRequest& request);
  absl::StatusOr<v1::PowerItem> Delete(journal::Transaction& tx,
                                       const v1::DeletePowerItemRequest& request);
  absl::StatusOr<v1::PowerItem> Publish(journal::Transaction& tx,
                                        const v1::PublishPowerItemRequest& request);
  absl::StatusOr<v1::PowerItem> Withdraw(journal::Transaction& tx,
                                         const v1::WithdrawPowerItemRequest& request);

  absl::Status CheckReferences(journal::Transaction& tx, const v1::PowerItem& item);
  // Makes the risk points in force on `item` due for review, because of `cause`.
  absl::Status MarkRiskPointsDue(journal::Transaction& tx, const std::string& item,
                                 const std::string& cause);

  const serving::Environment& environment_;
  PowerItemStore store_;
  RiskPointStore points_;
  Registry registry_;
  resource::Methods methods_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_POWER_ITEM_SERVICE_H_
