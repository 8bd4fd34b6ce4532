// The feeds of other services that a service follows.
#ifndef QINGLIAN_COMMON_SERVING_FOLLOWED_H_
#define QINGLIAN_COMMON_SERVING_FOLLOWED_H_

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/metrics/metrics.h"
#include "common/projection/feed_methods.h"
#include "common/projection/metrics.h"
#include "common/projection/projection.h"
#include "common/rpc/hop.h"
#include "common/rpc/service.h"
#include "common/serving/application.h"

namespace qinglian::serving {

// Where a feed is called is said by the flag `--<feed>_address`, which is defined beside its
// projection.
class Followed {
 public:
  // `environment` and `registry` outlive it; `hop` is the mark of this process where services are
  // on several machines. INVALID_ARGUMENT, reason CONFIG_INVALID, where an address is missing, or
  // is not of this machine and there is no hop.
  static absl::StatusOr<std::unique_ptr<Followed>> Make(
      const std::string& service, const Environment& environment, metrics::Registry& registry,
      const std::shared_ptr<const rpc::Hop>& hop,
      std::vector<std::unique_ptr<projection::Projection>> projections);
  // As Stop.
  ~Followed();
  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  // The FeedService of this service; null where it follows nothing.
  rpc::Service* feed_service() { return feed_service_.get(); }

  // Begins to follow. `on_ready` is called once, from any thread, when a first snapshot of every
  // feed was taken, now or in the past: at once where there is none.
  void Start(std::function<void()> on_ready);
  void Stop();

 private:
  explicit Followed(std::vector<std::unique_ptr<projection::Projection>> projections)
      : projections_(std::move(projections)) {}
  void OneIsReady();

  const std::vector<std::unique_ptr<projection::Projection>> projections_;
  std::unique_ptr<rpc::Service> feed_service_;
  std::function<void()> on_ready_;
  std::mutex mutex_;
  size_t ready_ = 0;
  projection::Followers followers_;
  std::unique_ptr<projection::ProjectionMetrics> metrics_;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_FOLLOWED_H_
