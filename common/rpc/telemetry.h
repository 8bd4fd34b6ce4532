// What a pipeline tells the monitoring. Private to this folder, but for the names of the metrics.
#ifndef QINGLIAN_COMMON_RPC_TELEMETRY_H_
#define QINGLIAN_COMMON_RPC_TELEMETRY_H_

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"

namespace qinglian::rpc {

// The series of one method.
struct MethodSeries {
  // By absl::StatusCode; codes that never leave (UNKNOWN, DATA_LOSS) count as INTERNAL.
  std::array<metrics::Counter*, 17> answered;
  metrics::Histogram* seconds;
};

// The series of one lane.
struct LaneSeries {
  metrics::Gauge* depth;
  metrics::Histogram* wait_seconds;
  metrics::Counter* shed_full;
  metrics::Counter* shed_slow;
  metrics::Counter* shed_abandoned;
};

// Declares what a server and its database sessions report:
//
//   rpc_server_requests_total{service,method,code}     calls answered; streams when they end
//   rpc_server_handling_seconds{service,method}        from arrival to answer; not of push streams
//   rpc_server_in_flight                               calls and streams under way
//   rpc_server_push_streams                            of these, push streams
//   rpc_server_queue_depth{lane}                       calls that wait for a thread
//   rpc_server_queue_wait_seconds{lane}                how long those that got one waited
//   rpc_server_shed_total{lane,cause}                  calls not run: full, slow, abandoned
//   database_transaction_retries_total{number}         transactions run again
//   database_errors_total{class}
//   database_reconnects_total
//   database_waited_seconds_total                      in opening connections and pauses
//   database_commits_resolved_total{outcome}           COMMITs whose answer was lost
//
// Thread-safe.
class Telemetry final : public mysql::Observer {
 public:
  explicit Telemetry(metrics::Registry& registry);

  // The series of every method, in their order; paths are `/package.Service/Method`. Once.
  std::vector<MethodSeries> DeclareMethods(const std::vector<std::string>& paths);

  const LaneSeries& unary() const { return unary_; }
  const LaneSeries& bulk() const { return bulk_; }
  metrics::Gauge& in_flight() { return in_flight_; }
  metrics::Gauge& push_streams() { return push_streams_; }

  void Retried(int number) override;
  void Failed(mysql::ErrorClass error_class) override;
  void Reconnected() override;
  void Waited(absl::Duration duration) override;
  void CommitResolved(std::string_view outcome) override;

 private:
  metrics::Registry& registry_;
  metrics::Gauge& in_flight_;
  metrics::Gauge& push_streams_;
  LaneSeries unary_;
  LaneSeries bulk_;
  metrics::Family<metrics::Counter>& retries_;
  metrics::Family<metrics::Counter>& errors_;
  metrics::Counter& reconnects_;
  metrics::Counter& waited_;
  metrics::Family<metrics::Counter>& resolved_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_TELEMETRY_H_
