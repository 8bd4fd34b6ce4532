// What a service shows of its journal and its feed.
#ifndef QINGLIAN_COMMON_JOURNAL_METRICS_H_
#define QINGLIAN_COMMON_JOURNAL_METRICS_H_

#include <functional>
#include <vector>

#include "common/journal/feed.h"
#include "common/journal/sequencer.h"
#include "common/journal/write.h"
#include "common/metrics/metrics.h"

namespace qinglian::journal {

// Declares the metrics and fills them at each scrape, until destroyed. Journal, sequencer, feed and
// registry outlive it.
class JournalMetrics {
 public:
  JournalMetrics(metrics::Registry& registry, Journal& journal, const Sequencer& sequencer,
                 const Feed& feed);

 private:
  // What is read where, and shown where.
  struct Shown {
    std::function<double()> read;
    std::function<void(double)> show;
  };
  void Count(metrics::Registry& registry, const metrics::CounterDefinition& definition,
             std::function<double()> read);
  void Gauge(metrics::Registry& registry, const metrics::GaugeDefinition& definition,
             std::function<double()> read);

  std::vector<Shown> shown_;
  // The last member: it stops reading before anything else goes.
  std::vector<metrics::Registry::Hook> hook_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_METRICS_H_
