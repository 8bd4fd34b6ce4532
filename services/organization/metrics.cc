#include "services/organization/metrics.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "common/status/macros.h"
#include "services/organization/coverage_rules.h"
#include "services/organization/coverage_store.h"
#include "services/organization/organization_counts.h"

namespace qinglian::organization {
namespace {

constexpr char kCountSealed[] =
    "SELECT CAST(key_version AS CHAR), COUNT(*) FROM sealed_values GROUP BY key_version";
constexpr char kNameDivisions[] =
    "SELECT id, display_name, 1 FROM divisions WHERE level IN ('LEVEL_PROVINCE', 'LEVEL_CITY')";
constexpr char kFirstLevel[] =
    "SELECT id FROM divisions WHERE level IN ('LEVEL_PROVINCE', 'LEVEL_CITY')";
constexpr char kRoots[] = "SELECT id FROM organizations WHERE parent IS NULL";
// Of the code of a province.
constexpr size_t kProvinceLength = 2;

absl::StatusOr<std::vector<std::string>> Column(mysql::Connection& connection,
                                                std::string_view sql) {
  ASSIGN_OR_RETURN(mysql::Rows rows, connection.Query(sql));
  std::vector<std::string> values;
  while (rows.Next()) values.emplace_back(rows.Bytes(0));
  return values;
}

// From the counts that are kept by division: those of a province hold those of its cities.
absl::StatusOr<serving::Series> CountOrganizations(mysql::Connection& connection,
                                                   absl::CivilDay today) {
  ASSIGN_OR_RETURN(const std::vector<std::string> divisions, Column(connection, kFirstLevel));
  // Division, kind, state.
  std::map<std::tuple<std::string, std::string, std::string>, int64_t> counts;
  for (const std::string& division : divisions) {
    Tally tally;
    RETURN_IF_ERROR(CountIn(connection, division, today, tally));
    for (const auto& [key, organizations] : tally) {
      const std::string kind = serving::LabelOf(v1::Organization::Kind_Name(std::get<0>(key)));
      const std::string state = serving::LabelOf(v1::Organization::State_Name(std::get<2>(key)));
      counts[{division, kind, state}] += organizations;
      if (division.size() > kProvinceLength)
        counts[{division.substr(0, kProvinceLength), kind, state}] -= organizations;
    }
  }
  serving::Series series;
  for (const auto& [key, organizations] : counts) {
    const auto& [division, kind, state] = key;
    if (organizations > 0)
      series.push_back({{division, kind, state}, static_cast<double>(organizations)});
  }
  return series;
}

// At the roots of the tree, which hold what lies below them.
absl::StatusOr<serving::Series> CountCoverageGaps(mysql::Connection& connection,
                                                  absl::CivilDay today) {
  ASSIGN_OR_RETURN(const std::vector<std::string> roots, Column(connection, kRoots));
  CoverageStore::Counts counts;
  for (const std::string& root : roots) {
    ASSIGN_OR_RETURN(const CoverageStore::Counts below, CoverageStore::CountsOf(connection, root));
    for (const auto& [key, facts] : below) counts[key] += facts;
  }
  const CoverageTerms terms = TermsOf(0, 0, today);
  serving::Series series;
  for (const v1::CoverageCheck check : AllCoverageChecks()) {
    ASSIGN_OR_RETURN(const CoverageQuestion question, QuestionOf(check, terms));
    // COVERAGE_CHECK_POST_VACANT has two first words.
    const std::string label = serving::LabelOf(v1::CoverageCheck_Name(check)).substr(6);
    series.push_back({{label}, static_cast<double>(CountOf(counts, question))});
  }
  return series;
}

constexpr serving::Counted kCounted[] = {
    {.metric = kOrganizationsMetric, .count = CountOrganizations},
    {.metric = kDivisionInfoMetric, .sql = kNameDivisions},
    {.metric = kCoverageGapsMetric, .count = CountCoverageGaps},
    {.metric = kSealedValuesMetric, .sql = kCountSealed},
};

}  // namespace

OrganizationMetrics::OrganizationMetrics(metrics::Registry& registry)
    : DatabaseCounts(registry, "count-organization", kCounted) {}

}  // namespace qinglian::organization
