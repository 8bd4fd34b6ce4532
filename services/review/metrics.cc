#include "services/review/metrics.h"

namespace qinglian::review {
namespace {

constexpr char kCountRounds[] =
    "SELECT state, COUNT(*) FROM review_rounds WHERE delete_time IS NULL GROUP BY 1";
constexpr char kCountRoundsOverdue[] =
    "SELECT 'STEP_SUBMISSION', COUNT(*) FROM review_rounds WHERE delete_time IS NULL AND state = "
    "'STATE_OPEN' AND submission_end_date < ? UNION ALL SELECT 'STEP_NOTICE', COUNT(*) FROM "
    "review_rounds WHERE delete_time IS NULL AND state IN ('STATE_ON_NOTICE', "
    "'STATE_NOTICE_ENDED') AND notice_end_date < ?";
constexpr char kCountScoreSheets[] =
    "SELECT s.state, COUNT(*) FROM review_rounds r JOIN score_sheets s ON s.review_round = r.id "
    "WHERE r.state <> 'STATE_CANCELLED' AND r.year = (SELECT MAX(year) FROM review_rounds WHERE "
    "state <> 'STATE_CANCELLED') GROUP BY 1";
constexpr char kCountApplications[] =
    "SELECT LEFT(o.division, 4), a.state, COUNT(*) FROM applications a LEFT JOIN "
    "known_organizations o ON o.id = a.organization WHERE a.delete_time IS NULL GROUP BY 1, 2";
constexpr char kCountTitles[] =
    "SELECT LEFT(o.division, 4), t.state, COUNT(*) FROM titles t LEFT JOIN known_organizations o "
    "ON o.id = t.organization GROUP BY 1, 2";
constexpr char kCountObjectionsOverdue[] =
    "SELECT LEFT(o.division, 4), COUNT(*) FROM objections b LEFT JOIN known_organizations o ON "
    "o.id = b.organization WHERE b.state IN ('STATE_ADMITTED', 'STATE_INVESTIGATING') AND "
    "b.decide_due_date < ? GROUP BY 1";

constexpr serving::Counted kCounted[] = {
    {kRoundsMetric, kCountRounds},           {kRoundsOverdueMetric, kCountRoundsOverdue, 2},
    {kScoreSheetsMetric, kCountScoreSheets}, {kApplicationsMetric, kCountApplications},
    {kTitlesMetric, kCountTitles},           {kObjectionsOverdueMetric, kCountObjectionsOverdue, 1},
};

}  // namespace

ReviewMetrics::ReviewMetrics(metrics::Registry& registry)
    : DatabaseCounts(registry, "count-review", kCounted) {}

}  // namespace qinglian::review
