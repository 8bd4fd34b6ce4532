// What stands between gRPC and the handlers: queues, workers, deadlines, identity, checks, metrics,
// logs.
//
// A unary call: its bytes are queued by gRPC's own thread, which does nothing else; a worker takes
// them, drops the call if nobody waits for it any more, finds out who calls, decodes and checks the
// request, runs the handler and sends what it returned. A bulk stream does the same on threads of
// its own. A push stream uses a worker once, to start.
#ifndef QINGLIAN_COMMON_RPC_PIPELINE_H_
#define QINGLIAN_COMMON_RPC_PIPELINE_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "common/access/identity_keys.h"
#include "common/access/permission.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/rpc/lane.h"
#include "common/rpc/service.h"
#include "grpcpp/support/server_callback.h"

namespace qinglian::rpc {

class CallContext;
class Telemetry;
struct LaneSeries;
struct MethodSeries;

struct PipelineOptions {
  // Threads for unary calls, each with its database session.
  size_t workers = 16;
  // Unary calls that may wait for a worker, and for how long; beyond that, RESOURCE_EXHAUSTED,
  // reason OVERLOADED.
  size_t queue_size = 1024;
  absl::Duration max_queue_wait = absl::Seconds(1);
  // Threads for methods that are reserved for (Service::Reserve), each with its database session;
  // their queue is as long as that of the workers, and counts as theirs in the metrics.
  size_t reserved_threads = 2;
  // Threads for bulk streams, each with its database session, and streams that may wait for one.
  size_t bulk_threads = 8;
  size_t bulk_queue_size = 16;
  // What a unary call gets that sets no deadline, and the most that any gets.
  absl::Duration default_deadline = absl::Seconds(10);
  absl::Duration max_deadline = absl::Seconds(30);
  // The longest life of a bulk stream.
  absl::Duration max_stream_duration = absl::Minutes(15);
  // What may wait to be sent in one push stream.
  size_t push_buffer_bytes = 1 << 20;
  // What the identity tokens of callers are checked with. Never null where a server serves.
  std::shared_ptr<const access::IdentityKeys> identity_keys;
  // The database of the workers' sessions, which connect when first used.
  mysql::Options database;
};

// A method, as the pipeline sees it. Lives as long as its service.
struct Method {
  // `/qinglian.risk.v1.RiskPointService/GetRiskPoint`.
  std::string path;
  RawUnary unary;
  RawBulk bulk;
  RawPush push;
  // Who may call it, and the place of its permission in access::PermissionCatalogue::Linked.
  access::v1::MethodRule rule;
  size_t permission = access::PermissionCatalogue::npos;
  // How long a call of it may wait for a worker, as a share of what any call may.
  double patience = 1;
  // Whether it has the reserved threads to itself.
  bool reserved = false;
  // Set by Pipeline::Declare, before the first call.
  const MethodSeries* series = nullptr;
};

// Told of calls that were refused because of who calls: he lacks the permission
// (PERMISSION_DENIED), or what he asked for is hidden from him (any other status). By many threads
// at a time; must be quick.
class RefusalObserver {
 public:
  virtual ~RefusalObserver() = default;
  virtual void Refused(const Caller& caller, const std::string& method,
                       const absl::Status& status) = 0;
};

// Thread-safe.
class Pipeline {
 public:
  // Declares its metrics; the registry outlives the pipeline.
  Pipeline(PipelineOptions options, metrics::Registry& registry);
  ~Pipeline();

  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  using Bytes = grpc::ByteBuffer;

  // One call each; the reactors take care of themselves.
  grpc::ServerUnaryReactor* StartUnary(const Method& method, grpc::CallbackServerContext* context,
                                       const Bytes* request, Bytes* response);
  grpc::ServerBidiReactor<Bytes, Bytes>* StartBulk(const Method& method,
                                                   grpc::CallbackServerContext* context);
  grpc::ServerWriteReactor<Bytes>* StartPush(const Method& method,
                                             grpc::CallbackServerContext* context,
                                             const Bytes* request);

  // Ends all push streams with UNAVAILABLE, reason DRAINING, answers new calls the same, and waits
  // until the calls under way have been answered, or `deadline`.
  void Drain(absl::Time deadline);

  // Waits for queued and running calls and ends the threads. After this every call is refused.
  void Stop();

  // Declares the metrics of all methods there will be. Once, before the first call.
  void Declare(const std::vector<Method*>& methods);

  const PipelineOptions& options() const { return options_; }

  // Before the first call; the observer outlives the last.
  void set_refusal_observer(RefusalObserver* observer) { refusals_ = observer; }

  // Reports to this pipeline's database metrics; for sessions of one's own, which it outlives.
  mysql::Observer* database_observer();

 private:
  friend class UnaryCall;
  friend class BulkCall;
  friend class PushCall;
  friend class PushStart;

  // False when draining: the stream must not begin.
  bool Register(const std::shared_ptr<PushCore>& core);
  void Unregister(const PushCore* core);

  // The error of a call that a lane did not take, or took and did not run.
  absl::Status Refused(Lane::Admission admission, const LaneSeries& series) const;
  absl::Status Dropped(Job::Drop why, const absl::Status& gone, const LaneSeries& series) const;
  absl::Status Overloaded() const;

  // A call begins: true, and Leave when gRPC has done with it; false when draining.
  bool Enter();
  void Leave() { --open_calls_; }
  // Counts and logs how a call ended, and says what its caller is told.
  grpc::Status Report(const Method& method, CallContext& call, const absl::Status& status);

  const PipelineOptions options_;
  RefusalObserver* refusals_ = nullptr;
  const std::unique_ptr<Telemetry> telemetry_;
  std::vector<MethodSeries> method_series_;
  std::vector<std::unique_ptr<mysql::Session>> sessions_;
  std::vector<std::unique_ptr<mysql::Session>> reserved_sessions_;
  std::vector<std::unique_ptr<mysql::Session>> bulk_sessions_;
  std::mutex push_mutex_;
  std::atomic<bool> draining_ = false;
  std::atomic<int> open_calls_ = 0;
  std::unordered_map<const PushCore*, std::shared_ptr<PushCore>> push_streams_;
  Lane lane_;
  Lane reserved_lane_;
  Lane bulk_lane_;
  metrics::Registry::Hook depth_hook_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_PIPELINE_H_
