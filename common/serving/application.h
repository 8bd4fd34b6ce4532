// What a service is made of, as the frame around all services sees it.
#ifndef QINGLIAN_COMMON_SERVING_APPLICATION_H_
#define QINGLIAN_COMMON_SERVING_APPLICATION_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/identity_keys.h"
#include "common/clock/clock.h"
#include "common/journal/snapshot.h"
#include "common/journal/write.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/paging/page_token.h"
#include "common/projection/projection.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/service.h"

namespace qinglian::serving {

// What the frame gives to the parts of a service. All of it is thread-safe and outlives them.
struct Environment {
  rpc::Pipeline& pipeline;
  journal::Journal& journal;
  const paging::TokenCodec& tokens;
  const clock::Clock& system_clock;
  // What rules and legal dates go by.
  const clock::Clock& business_clock;
  const mysql::Options& database;
  // What this service proves to others who it is with.
  std::shared_ptr<const access::IdentityKeys> identity_keys;
};

// What a service does again and again by the clock, without anybody asking: each pass is short and
// may be repeated.
struct ClockTask {
  // For logs: "expire-letters".
  std::string name;
  absl::Duration interval;
  // Runs on the frame's own thread with its own session.
  std::function<absl::Status(mysql::Session&)> pass;
};

// One service: its gRPC services, what a snapshot of its feed holds, and what it does by the clock.
class Application {
 public:
  virtual ~Application() = default;

  // The gRPC services to serve beside those of the frame (journal, feeds).
  virtual std::vector<rpc::Service*> services() = 0;

  // The stores whose resources are in the service's feed, in the order in which a snapshot sends
  // them.
  virtual std::vector<journal::SnapshotSource> snapshots() = 0;

  // What the service follows of others. Asked once; where each feed is called is said by the flag
  // `--<feed>_address`, which is defined beside its projection.
  virtual std::vector<std::unique_ptr<projection::Projection>> projections() { return {}; }

  // Declares the service's own metrics, beside those of the frame. Called once, before clock_tasks;
  // the registry outlives the application.
  virtual void DeclareMetrics(metrics::Registry& registry) {}

  virtual std::vector<ClockTask> clock_tasks() { return {}; }

  // Whether the tables fit the messages: FAILED_PRECONDITION, reason SCHEMA_MISMATCH, where they do
  // not.
  virtual absl::Status CheckSchema(mysql::Connection& connection) = 0;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_APPLICATION_H_
