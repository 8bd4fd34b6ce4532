// What this service asks of the registry of organizations, answered from what it follows of it:
// read from SQL in the transaction of the write, never from memory.
#ifndef QINGLIAN_SERVICES_RISK_REGISTRY_H_
#define QINGLIAN_SERVICES_RISK_REGISTRY_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/journal/transaction.h"
#include "common/mysql/mysql.h"
#include "common/paging/filter.h"
#include "common/record/record.h"
#include "qinglian/risk/v1/risk_point.pb.h"
#include "services/risk/approval_rules.h"
#include "services/risk/scoring.h"

namespace qinglian::risk {

// Thread-safe: it holds no state.
class Registry {
 public:
  // REFERENCE_NOT_FOUND with the field where the organization, post or person is not known. Empty
  // names are known.
  absl::Status CheckOrganization(mysql::Connection& connection, std::string_view field,
                                 std::string_view organization) const;
  absl::Status CheckPost(mysql::Connection& connection, std::string_view field,
                         std::string_view post) const;
  absl::Status CheckPerson(mysql::Connection& connection, std::string_view field,
                           std::string_view person) const;

  // Whether the organization is known.
  absl::StatusOr<bool> OrganizationExists(mysql::Connection& connection,
                                          std::string_view organization) const;

  // Whether a post exists today and is of the organization.
  absl::StatusOr<bool> PostValid(mysql::Connection& connection, std::string_view post,
                                 std::string_view organization) const;

  // Whether leader, office and person of a point are all named and known.
  absl::StatusOr<bool> ResponsibleResolvable(mysql::Connection& connection,
                                             const v1::RiskPoint& point) const;

  // The caller, and whether he holds today the rank that `grade` demands in `organization`.
  absl::StatusOr<Decider> DeciderOn(journal::Transaction& tx, const Scoring& scoring,
                                    std::string_view organization, v1::Grade grade) const;

  // The condition that a resource belongs to `root` or an organization below it; none where `root`
  // is empty. NOT_FOUND where it is not known.
  absl::StatusOr<std::vector<paging::Condition>> BelongsToSubtree(mysql::Connection& connection,
                                                                  const record::Plan& plan,
                                                                  std::string_view root) const;
};

}  // namespace qinglian::risk

#endif  // QINGLIAN_SERVICES_RISK_REGISTRY_H_
