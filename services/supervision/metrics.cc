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
constexpr char kCountItems[] =
    "SELECT LEFT(o.division, 4), i.state, COUNT(*) FROM rectification_items i LEFT JOIN "
    "known_organizations o ON o.id = i.organization GROUP BY 1, 2";
constexpr char kCountItemsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM rectification_items i LEFT JOIN known_organizations "
    "o ON o.id = i.organization WHERE i.state NOT IN ('STATE_CLOSED_OUT', 'STATE_EXCUSED') AND "
    "i.deadline < ? GROUP BY 1";

constexpr serving::Counted kCounted[] = {
    {kCasesMetric, kCountCases},
    {kCasesOverdueMetric, kCountCasesOverdue, 1},
    {kItemsMetric, kCountItems},
    {kItemsOverdueMetric, kCountItemsOverdue, 1},
};

}  // namespace

SupervisionMetrics::SupervisionMetrics(metrics::Registry& registry)
    : DatabaseCounts(registry, "count-supervision", kCounted) {}

}  // namespace qinglian::supervision
