#include "services/supervision/metrics.h"

namespace qinglian::supervision {
namespace {

constexpr char kCountCases[] =
    "SELECT LEFT(o.division, 4), c.severity, c.state, COUNT(*) FROM supervision_cases c LEFT JOIN "
    "known_organizations o ON o.id = c.organization GROUP BY 1, 2, 3";
constexpr char kCountCasesOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM supervision_cases c LEFT JOIN known_organizations o "
    "ON o.id = c.organization WHERE c.state = 'STATE_RECEIVED' AND c.accept_due_date < ? "
    "GROUP BY 1";
constexpr char kCountCasesBySource[] =
    "SELECT source, state, COUNT(*) FROM supervision_cases GROUP BY 1, 2";
constexpr char kCountItems[] =
    "SELECT LEFT(o.division, 4), i.state, COUNT(*) FROM rectification_items i LEFT JOIN "
    "known_organizations o ON o.id = i.organization GROUP BY 1, 2";
constexpr char kCountItemsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM rectification_items i LEFT JOIN known_organizations "
    "o ON o.id = i.organization WHERE i.state NOT IN ('STATE_CLOSED_OUT', 'STATE_EXCUSED') AND "
    "i.deadline < ? GROUP BY 1";

// Of an even number the mean of the two in the middle.
constexpr char kMedianOfCases[] =
    "SELECT division, CAST(AVG(days) * 86400 AS SIGNED) FROM (SELECT division, days, ROW_NUMBER() "
    "OVER (PARTITION BY division ORDER BY days) AS place, COUNT(*) OVER (PARTITION BY division) AS "
    "total FROM (SELECT LEFT(o.division, 4) AS division, DATEDIFF(c.close_date, c.receive_date) AS "
    "days, ROW_NUMBER() OVER (PARTITION BY LEFT(o.division, 4) ORDER BY c.close_date DESC) AS age "
    "FROM supervision_cases c LEFT JOIN known_organizations o ON o.id = c.organization WHERE "
    "c.state = "
    "'STATE_CLOSED') closed WHERE age <= 100) ranked WHERE place IN (FLOOR((total + 1) / 2), "
    "CEIL((total + 1) "
    "/ 2)) GROUP BY division";
constexpr char kMedianOfItems[] =
    "SELECT division, CAST(AVG(days) * 86400 AS SIGNED) FROM (SELECT division, days, ROW_NUMBER() "
    "OVER (PARTITION BY division ORDER BY days) AS place, COUNT(*) OVER (PARTITION BY division) AS "
    "total FROM (SELECT LEFT(o.division, 4) AS division, DATEDIFF(i.end_date, i.issue_date) AS "
    "days, ROW_NUMBER() OVER (PARTITION BY LEFT(o.division, 4) ORDER BY i.end_date DESC) AS age "
    "FROM rectification_items i LEFT JOIN known_organizations o ON o.id = i.organization WHERE "
    "i.state = "
    "'STATE_CLOSED_OUT') closed WHERE age <= 100) ranked WHERE place IN (FLOOR((total + 1) / 2), "
    "CEIL((total + 1) "
    "/ 2)) GROUP BY division";

constexpr serving::Counted kCounted[] = {
    {kCasesMetric, kCountCases},
    {kCasesOverdueMetric, kCountCasesOverdue, 1},
    {kCasesBySourceMetric, kCountCasesBySource},
    {kItemsMetric, kCountItems},
    {kItemsOverdueMetric, kCountItemsOverdue, 1},
};
constexpr serving::Counted kMedians[] = {
    {kCaseMedianMetric, kMedianOfCases},
    {kItemMedianMetric, kMedianOfItems},
};

}  // namespace

SupervisionMetrics::SupervisionMetrics(metrics::Registry& registry)
    : DatabaseCounts(registry, "count-supervision", kCounted) {}

SupervisionMedians::SupervisionMedians(metrics::Registry& registry)
    : DatabaseCounts(registry, "median-supervision", kMedians, absl::Minutes(10)) {}

}  // namespace qinglian::supervision
