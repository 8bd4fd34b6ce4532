// The projection of the organization feed that services share: who is where in the tree, which
// posts there are, and who holds them. Its tables are those of migrations/.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_ORGANIZATION_PROJECTION_H_
#define QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_ORGANIZATION_PROJECTION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/declare.h"
#include "common/projection/projection.h"

// Where the organization service is called, of every service that links this.
ABSL_DECLARE_FLAG(std::string, organization_address);

namespace qinglian::organization::follower {

// A service that does something because of changes in the registry derives from it and adds
// Effects.
class OrganizationProjection : public projection::Projection {
 public:
  std::string feed() const override { return "organization"; }
  std::vector<std::string> kinds() const override;
  // Paths are computed from parents, so that one change moves a whole subtree. What comes before
  // the organization above it has no path until that comes.
  absl::Status Apply(mysql::Connection& connection, const journal::v1::Change& change) override;
  absl::Status Remove(mysql::Connection& connection, std::string_view kind,
                      std::string_view resource) override;
};

}  // namespace qinglian::organization::follower

#endif  // QINGLIAN_SERVICES_ORGANIZATION_FOLLOWER_ORGANIZATION_PROJECTION_H_
