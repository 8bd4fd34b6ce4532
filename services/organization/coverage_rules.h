// What each check of coverage asks of the facts that are kept.
#ifndef QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_RULES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_RULES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "qinglian/organization/v1/coverage_service.pb.h"
#include "services/organization/coverage_store.h"

namespace qinglian::organization {

// What a caller asks with: defaults filled in.
struct CoverageTerms {
  absl::CivilDay today;
  // The year of letters, and how many days ahead a term counts as running out.
  int32_t year;
  int32_t term_days;
};
CoverageTerms TermsOf(int32_t year, int32_t term_days, absl::CivilDay today);

// All checks, in the order in which they are shown.
const std::vector<v1::CoverageCheck>& AllCoverageChecks();

// The facts that a check finds. INVALID_ARGUMENT for one that there is not.
absl::StatusOr<CoverageQuestion> QuestionOf(v1::CoverageCheck check, const CoverageTerms& terms);

// How many facts answer a question.
int64_t CountOf(const CoverageStore::Counts& counts, const CoverageQuestion& question);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_COVERAGE_RULES_H_
