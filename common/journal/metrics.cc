#include "common/journal/metrics.h"

#include <algorithm>
#include <utility>

namespace qinglian::journal {
namespace {

constexpr metrics::CounterDefinition kChanges{"journal_changes_total",
                                              "Changes this process appended to the journal."};
constexpr metrics::CounterDefinition kReceipts{
    "journal_receipts_total", "Writes of this process that changed nothing and are on record."};
constexpr metrics::CounterDefinition kReplays{
    "journal_replays_total", "Repeated requests answered with what they were answered before."};
constexpr metrics::CounterDefinition kReused{"journal_request_ids_reused_total",
                                             "Request ids that came again with another request."};
constexpr metrics::CounterDefinition kWithoutRequestId{"journal_writes_without_request_id_total",
                                                       "Writes whose caller gave no request id."};
constexpr metrics::CounterDefinition kReadings{
    "journal_readings_total", "Protected resources that were shown to somebody, on the record."};
constexpr metrics::CounterDefinition kRefusals{
    "journal_refusals_total", "Rows about attempts that were refused: one a caller and minute."};
constexpr metrics::GaugeDefinition kLeader{"journal_leader",
                                           "1 where this process sequences the journal."};
constexpr metrics::GaugeDefinition kHead{"journal_head_position",
                                         "The last position this process knows of."};
constexpr metrics::GaugeDefinition kPending{
    "journal_pending_rows", "Committed rows without a position; 0 where another process leads."};
constexpr metrics::GaugeDefinition kLag{
    "journal_lag_seconds", "Age of the oldest row without a position; 0 where another leads."};
constexpr metrics::CounterDefinition kBatches{"journal_sequencer_batches_total",
                                              "Batches of rows that were given positions."};
constexpr metrics::CounterDefinition kFailures{"journal_sequencer_failures_total",
                                               "Rounds of the sequencer that failed."};
constexpr metrics::GaugeDefinition kWatchers{"feed_watchers", "Streams that follow the feed."};
constexpr metrics::GaugeDefinition kLagging{
    "feed_watchers_lagging", "Streams that are served from the database until they catch up."};
constexpr metrics::CounterDefinition kSent{"feed_batches_sent_total",
                                           "Messages given to the streams of the feed."};
constexpr metrics::CounterDefinition kSlow{"feed_slow_consumers_total",
                                           "Streams cut because they took nothing."};
constexpr metrics::CounterDefinition kFeedFailures{
    "feed_failures_total", "Readings of the journal for the feed that failed."};

template <typename T>
std::function<double()> Of(const std::atomic<T>& value) {
  return [&value] { return static_cast<double>(value.load()); };
}

}  // namespace

JournalMetrics::JournalMetrics(metrics::Registry& registry, Journal& journal,
                               const Sequencer& sequencer, const Feed& feed) {
  const Journal::Counts& counts = journal.counts();
  Count(registry, kChanges, Of(counts.changes));
  Count(registry, kReceipts, Of(counts.receipts));
  Count(registry, kReplays, Of(counts.replays));
  Count(registry, kReused, Of(counts.reused));
  Count(registry, kWithoutRequestId, Of(counts.without_request_id));
  Count(registry, kReadings, Of(counts.readings));
  Count(registry, kRefusals, Of(counts.refusals));
  const Sequencer::State& sequencing = sequencer.state();
  Gauge(registry, kLeader, [&sequencing] { return sequencing.leader ? 1.0 : 0.0; });
  Gauge(registry, kPending, Of(sequencing.pending));
  Gauge(registry, kLag, [&sequencing] { return static_cast<double>(sequencing.lag_micros) / 1e6; });
  Count(registry, kBatches, Of(sequencing.batches));
  Count(registry, kFailures, Of(sequencing.failures));
  const Feed::State& feeding = feed.state();
  Gauge(registry, kHead, [&sequencing, &feeding] {
    return static_cast<double>(std::max(sequencing.head.load(), feeding.head.load()));
  });
  Gauge(registry, kWatchers, Of(feeding.watchers));
  Gauge(registry, kLagging, Of(feeding.lagging));
  Count(registry, kSent, Of(feeding.batches_sent));
  Count(registry, kSlow, Of(feeding.slow_cut));
  Count(registry, kFeedFailures, Of(feeding.failures));
  hook_.push_back(registry.BeforeCollect([this] {
    for (const Shown& shown : shown_) shown.show(shown.read());
  }));
}

void JournalMetrics::Count(metrics::Registry& registry,
                           const metrics::CounterDefinition& definition,
                           std::function<double()> read) {
  metrics::Counter& counter = registry.Declare(definition).With();
  shown_.push_back({std::move(read), [&counter](double value) {
                      counter.Increment(std::max(0.0, value - counter.Value()));
                    }});
}

void JournalMetrics::Gauge(metrics::Registry& registry, const metrics::GaugeDefinition& definition,
                           std::function<double()> read) {
  metrics::Gauge& gauge = registry.Declare(definition).With();
  shown_.push_back({std::move(read), [&gauge](double value) { gauge.Set(value); }});
}

}  // namespace qinglian::journal
