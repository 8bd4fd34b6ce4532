// What the generic store does not know of action plans: which one a unit has filed.
#ifndef QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_STORE_H_
#define QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_STORE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "common/resource/store.h"
#include "qinglian/review/v1/action_plan.pb.h"

namespace qinglian::review {

// Thread-safe: it holds no state.
class ActionPlanStore : public resource::Store<v1::ActionPlan> {
 public:
  // The unit's plan for the programme and year that is FILED or CONCLUDED; empty for none.
  absl::StatusOr<std::string> FiledOf(mysql::Connection& connection, std::string_view organization,
                                      std::string_view programme, int year) const;
};

}  // namespace qinglian::review

#endif  // QINGLIAN_SERVICES_REVIEW_ACTION_PLAN_STORE_H_
