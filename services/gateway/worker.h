// One completion queue and the thread that serves it: accepts calls, routes them, and owns them
// till they end.
#ifndef QINGLIAN_SERVICES_GATEWAY_WORKER_H_
#define QINGLIAN_SERVICES_GATEWAY_WORKER_H_

#include <grpc/grpc.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/gateway/call.h"
#include "services/gateway/health.h"
#include "services/gateway/identities.h"
#include "services/gateway/metrics.h"
#include "services/gateway/options.h"
#include "services/gateway/proof.h"
#include "services/gateway/router.h"
#include "services/gateway/upstream.h"

namespace qinglian::gateway {

// How far the gateway is on its way out.
enum class Phase : int {
  kServing,
  // New calls are refused, and those that would never end are ended.
  kStopping,
  // Time is up: whatever is still open is ended.
  kCutting,
};

// What all workers share. Everything in it outlives them and is thread-safe.
struct Shared {
  const Options& options;
  const grpc::ResourceQuota& quota;
  const Router& router;
  HealthBoard& health;
  Metrics& metrics;
  const CallerSources callers;
  // Null where no identity provider is known.
  const oidc::Verifier* verifier = nullptr;
  // Calls that are not over; those that are refused at once do not count.
  std::atomic<int> open_calls{0};
  std::atomic<Phase> phase{Phase::kServing};
};

class ForwardCall;
class UnaryCall;
class StreamCall;

// Serve() runs on the worker's own thread; everything else but the constructor and destructor is
// called from there.
class Worker {
 public:
  // Takes `queue` over. It must be registered with a server that is started before Serve().
  Worker(Shared& shared, grpc_completion_queue* queue);
  ~Worker();

  // Accepts from `server` and serves until that is shut down and every call that it gave is over.
  void Serve(grpc_server* server);

  // For calls.
  const Options& options() const { return shared_.options; }
  Phase phase() const { return shared_.phase.load(std::memory_order_relaxed); }
  const HealthBoard& health() const { return shared_.health; }
  grpc_completion_queue* queue() const { return queue_; }
  Upstream& upstream(int index) { return *upstreams_[static_cast<size_t>(index)]; }
  // The one that knows who callers are.
  Upstream& organization() { return *organization_; }
  Identities& identities() { return identities_; }
  std::vector<grpc_metadata>& scratch_initial() { return scratch_initial_; }
  std::vector<grpc_metadata>& scratch() { return scratch_; }
  // Calls `call->Flush()` when the queue has nothing more to tell at the moment, once.
  void Defer(StreamCall* call) { deferred_.push_back(call); }
  // Takes a call back that has ended.
  void Release(Call* call);

 private:
  class Acceptor;

  void Accept(const Accepted& accepted);
  Call* MakeCall(const Accepted& accepted, Route& route);
  ForwardCall* MakeForwardCall(const Route& route);
  void Flush();
  void Tick(int64_t now_ns);
  void EndWhenLeft();

  Shared& shared_;
  grpc_completion_queue* queue_;
  grpc_server* server_ = nullptr;
  std::vector<std::unique_ptr<Upstream>> upstreams_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::vector<std::unique_ptr<UnaryCall>> idle_;
  std::vector<StreamCall*> deferred_;
  std::vector<StreamCall*> flushing_;
  Upstream* organization_ = nullptr;
  Prover prover_;
  Identities identities_;
  std::vector<grpc_metadata> scratch_initial_;
  std::vector<grpc_metadata> scratch_;
  Call* first_ = nullptr;
  // How many acceptors still wait for calls.
  int accepting_ = 0;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_WORKER_H_
