#include "services/risk/metrics.h"

namespace qinglian::risk {
namespace {

constexpr char kCountPoints[] =
    "SELECT LEFT(o.division, 4), p.inherent_grade, p.state, COUNT(*) FROM risk_points p LEFT JOIN "
    "known_organizations o ON o.id = p.organization WHERE p.delete_time IS NULL GROUP BY 1, 2, 3";
constexpr char kCountReviewsOverdue[] =
    "SELECT LEFT(o.division, 4), p.inherent_grade, COUNT(*) FROM risk_points p LEFT JOIN "
    "known_organizations o ON o.id = p.organization WHERE p.state IN ('STATE_ACTIVE', "
    "'STATE_SUSPENDED') AND p.review_due_date < ? GROUP BY 1, 2";
constexpr char kCountControls[] =
    "SELECT LEFT(o.division, 4), c.state, COUNT(*) FROM controls c LEFT JOIN known_organizations o "
    "ON o.id = c.organization GROUP BY 1, 2";
constexpr char kCountControlsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM controls c LEFT JOIN known_organizations o ON o.id "
    "= c.organization WHERE (c.state IN ('STATE_PLANNED', 'STATE_IN_PROGRESS', 'STATE_ON_HOLD') "
    "AND "
    "c.due_date < ?) OR (c.state = 'STATE_ACTIVE' AND c.next_check_date < ?) GROUP BY 1";

constexpr serving::Counted kCounted[] = {
    {kRiskPointsMetric, kCountPoints},
    {kReviewsOverdueMetric, kCountReviewsOverdue, 1},
    {kControlsMetric, kCountControls},
    {kControlsOverdueMetric, kCountControlsOverdue, 2},
};

}  // namespace

RiskMetrics::RiskMetrics(metrics::Registry& registry)
    : DatabaseCounts(registry, "count-risk", kCounted) {}

}  // namespace qinglian::risk
