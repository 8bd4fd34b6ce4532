// What a service shows of the feeds it follows.
#ifndef QINGLIAN_COMMON_PROJECTION_METRICS_H_
#define QINGLIAN_COMMON_PROJECTION_METRICS_H_

#include <functional>
#include <vector>

#include "common/metrics/metrics.h"
#include "common/projection/feed_methods.h"

namespace qinglian::projection {

// Declares the metrics, each by feed, and fills them at each scrape, until destroyed. Registry and
// followers outlive it.
class ProjectionMetrics {
 public:
  ProjectionMetrics(metrics::Registry& registry, const Followers& followers);

 private:
  std::vector<std::function<void()>> fills_;
  // The last member: it stops reading before anything else goes.
  std::vector<metrics::Registry::Hook> hook_;
};

}  // namespace qinglian::projection

#endif  // QINGLIAN_COMMON_PROJECTION_METRICS_H_
