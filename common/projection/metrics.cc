#include "common/projection/metrics.h"

#include <algorithm>
#include <atomic>

namespace qinglian::projection {
namespace {

constexpr metrics::GaugeDefinition kConnected{
    "projection_connected", "1 where this process is connected to the feed.", {"feed"}};
constexpr metrics::GaugeDefinition kStandby{
    "projection_standby", "1 where another replica follows the feed.", {"feed"}};
constexpr metrics::GaugeDefinition kReady{
    "projection_ready", "1 where a snapshot of the feed was ever completed.", {"feed"}};
constexpr metrics::GaugeDefinition kLag{
    "projection_lag_seconds",
    "How old what is known may be; up to the interval of heartbeats where nothing changes.",
    {"feed"}};
constexpr metrics::GaugeDefinition kPosition{
    "projection_position", "The position of the feed that was dealt with last.", {"feed"}};
constexpr metrics::GaugeDefinition kQuarantined{
    "projection_quarantined", "Changes that wait in quarantine.", {"feed"}};
constexpr metrics::CounterDefinition kChanges{
    "projection_changes_total", "Changes dealt with, those of snapshots included.", {"feed"}};
constexpr metrics::CounterDefinition kEffects{
    "projection_effects_total", "Effects asked for, those done before included.", {"feed"}};
constexpr metrics::CounterDefinition kSnapshots{
    "projection_snapshots_total", "Snapshots begun.", {"feed"}};
constexpr metrics::CounterDefinition kConnections{
    "projection_connections_total", "Streams of the feed that brought something.", {"feed"}};
constexpr metrics::CounterDefinition kFailures{
    "projection_failures_total", "Failures to connect to the feed or to apply it.", {"feed"}};

}  // namespace

ProjectionMetrics::ProjectionMetrics(metrics::Registry& registry, const Followers& followers) {
  std::vector<metrics::Values> feeds;
  for (const auto& follower : followers) feeds.push_back({follower->feed()});
  const auto gauge = [&](const metrics::GaugeDefinition& definition, auto read) {
    auto& family = registry.Declare(definition, feeds);
    for (const auto& follower : followers) {
      fills_.push_back([&one = *follower, &series = family.With({follower->feed()}), read] {
        series.Set(static_cast<double>(read(one)));
      });
    }
  };
  const auto counter = [&](const metrics::CounterDefinition& definition, auto read) {
    auto& family = registry.Declare(definition, feeds);
    for (const auto& follower : followers) {
      fills_.push_back([&one = *follower, &series = family.With({follower->feed()}), read] {
        const double more = static_cast<double>(read(one)) - series.Value();
        if (more > 0) series.Increment(more);
      });
    }
  };
  gauge(kConnected, [](const Follower& one) { return one.state().connected.load(); });
  gauge(kStandby, [](const Follower& one) { return one.state().standby.load(); });
  gauge(kReady, [](const Follower& one) { return one.state().ready.load(); });
  gauge(kLag, [](const Follower& one) {
    return absl::ToDoubleSeconds(one.Lag().value_or(absl::ZeroDuration()));
  });
  gauge(kPosition, [](const Follower& one) { return one.state().position.load(); });
  gauge(kQuarantined, [](const Follower& one) { return one.state().quarantined.load(); });
  counter(kChanges, [](const Follower& one) { return one.state().changes.load(); });
  counter(kEffects, [](const Follower& one) { return one.state().effects.load(); });
  counter(kSnapshots, [](const Follower& one) { return one.state().snapshots.load(); });
  counter(kConnections, [](const Follower& one) { return one.state().reconnects.load(); });
  counter(kFailures, [](const Follower& one) { return one.state().failures.load(); });
  hook_.push_back(registry.BeforeCollect([this] {
    for (const auto& fill : fills_) fill();
  }));
}

}  // namespace qinglian::projection
