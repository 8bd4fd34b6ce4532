// What this service follows of the organization service, and what it does when a post goes.
#ifndef QINGLIAN_SERVICES_RISK_PROJECTIONS_REGISTRY_PROJECTION_H_
#define QINGLIAN_SERVICES_RISK_PROJECTIONS_REGISTRY_PROJECTION_H_

#include <vector>

#include "services/organization/follower/organization_projection.h"
#include "services/risk/risk_point_store.h"

namespace qinglian::risk {

// Where a post is abolished, the risk points in force that are tied to it are suspended until they
// are given a new home, and those on its power items are due for review.
class RegistryProjection final : public organization::follower::OrganizationProjection {
 public:
  std::vector<projection::Effect> Effects(const journal::v1::Change& change) override;

 private:
  RiskPointStore points_;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_PROJECTIONS_REGISTRY_PROJECTION_H_
