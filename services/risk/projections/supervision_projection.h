// What this service follows of supervision: the cases that touch risk points, and their
// rectification items.
#ifndef QINGLIAN_SERVICES_RISK_PROJECTIONS_SUPERVISION_PROJECTION_H_
#define QINGLIAN_SERVICES_RISK_PROJECTIONS_SUPERVISION_PROJECTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/declare.h"
#include "common/projection/projection.h"
#include "services/risk/risk_point_store.h"

// Where the supervision service is called.
ABSL_DECLARE_FLAG(std::string, supervision_address);

namespace qinglian::risk {

// Open cases and items keep a risk point from being retired. A case that is confirmed makes each
// risk point that it touches due for review and raises its grades, once (L-1).
class SupervisionProjection final : public projection::Projection {
 public:
  std::string feed() const override { return "supervision"; }
  std::vector<std::string> kinds() const override;
  absl::Status Apply(mysql::Connection& connection, const journal::v1::Change& change) override;
  absl::Status Remove(mysql::Connection& connection, std::string_view kind,
                      std::string_view resource) override;
  std::vector<projection::Effect> Effects(const journal::v1::Change& change) override;

 private:
  RiskPointStore points_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_PROJECTIONS_SUPERVISION_PROJECTION_H_
