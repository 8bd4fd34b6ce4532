// What the registry lacks, found from its tables.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_FACTS_H_
#define QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_FACTS_H_

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "services/organization/coverage_store.h"

namespace qinglian::organization {

// How many organizations one statement looks at.
inline constexpr size_t kLookedAtOnce = 64;

// All facts of some organizations, by their ids (16 bytes), at most kLookedAtOnce.
absl::StatusOr<std::set<CoverageFact>> FactsOf(mysql::Connection& connection,
                                               const std::vector<std::string>& ids);

// The ids, the last one repeated until there are kLookedAtOnce, so that one statement serves all.
std::vector<mysql::Param> FilledUp(const std::vector<std::string>& ids);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_FACTS_H_
