#include "services/gateway/worker.h"

#include <grpc/support/time.h>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/rpc/unix_socket.h"
#include "common/status/status.h"
#include "services/gateway/forward.h"
#include "services/gateway/health_call.h"
#include "services/gateway/metadata.h"

namespace qinglian::gateway {
namespace {

// How many calls wait to be taken by gRPC, so that a burst finds open doors.
constexpr int kAcceptors = 128;
// How many ended calls are kept for use again.
constexpr size_t kMaxIdle = 256;
// Health stays to be had when the gateway is full.
constexpr int kHealthHeadroom = 64;
constexpr int64_t kTickNs = 100'000'000;
// While events keep coming the clock is looked at this seldom.
constexpr int kEventsPerLook = 256;
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

}  // namespace

// One wait for a call, posted again as soon as it is over.
class Worker::Acceptor final : public Tag {
 public:
  explicit Acceptor(Worker& worker) : worker_(worker) {}

  void Post() {
    grpc_call_details_init(&accepted_.details);
    grpc_metadata_array_init(&accepted_.metadata);
    accepted_.call = nullptr;
    grpc_server_request_call(worker_.server_, &accepted_.call, &accepted_.details,
                             &accepted_.metadata, worker_.queue_, worker_.queue_, this);
  }

  void Run(bool ok) override {
    if (!ok) {
      // The server is shutting down.
      grpc_call_details_destroy(&accepted_.details);
      grpc_metadata_array_destroy(&accepted_.metadata);
      --worker_.accepting_;
      return worker_.EndWhenLeft();
    }
    const Accepted accepted = accepted_;
    Post();
    worker_.Accept(accepted);
  }

 private:
  Worker& worker_;
  Accepted accepted_;
};

Worker::Worker(Shared& shared, grpc_completion_queue* queue)
    : shared_(shared),
      queue_(queue),
      prover_(shared.verifier, IsBehindEdge(shared.options)),
      identities_(*this, shared.callers) {
  for (const UpstreamOption& upstream : shared.options.upstreams) {
    upstreams_.push_back(std::make_unique<Upstream>(upstream, shared.options, shared.quota));
    if (upstream.name == kOrganization) organization_ = upstreams_.back().get();
  }
}

Worker::~Worker() {
  upstreams_.clear();
  grpc_completion_queue_destroy(queue_);
}

// A connection that is closed takes no call with it: gRPC may have given it to us already, and it
// then begins and ends like any other, for which it needs the queue.
void Worker::EndWhenLeft() {
  if (accepting_ == 0 && first_ == nullptr) grpc_completion_queue_shutdown(queue_);
}

void Worker::Serve(grpc_server* server) {
  server_ = server;
  accepting_ = kAcceptors;
  for (int i = 0; i < kAcceptors; ++i)
    acceptors_.emplace_back(std::make_unique<Acceptor>(*this))->Post();
  const gpr_timespec at_once = gpr_inf_past(GPR_CLOCK_MONOTONIC);
  int64_t next_tick = NowNanos() + kTickNs;
  int looks = 0;
  while (true) {
    const grpc_event event = grpc_completion_queue_next(
        queue_, deferred_.empty() ? gpr_time_from_nanos(next_tick, GPR_CLOCK_MONOTONIC) : at_once,
        nullptr);
    if (event.type == GRPC_QUEUE_SHUTDOWN) return;
    if (event.type == GRPC_OP_COMPLETE) {
      static_cast<Tag*>(event.tag)->Run(event.success != 0);
      if (++looks < kEventsPerLook) continue;
    }
    looks = 0;
    Flush();
    if (const int64_t now = NowNanos(); now >= next_tick) {
      Tick(now);
      next_tick = now + kTickNs;
    }
  }
}

void Worker::Flush() {
  // What is deferred while flushing waits for its events.
  std::swap(deferred_, flushing_);
  for (StreamCall* call : flushing_) call->Flush();
  flushing_.clear();
}

void Worker::Accept(const Accepted& accepted) {
  Route route = shared_.router.Find(ViewOf(accepted.details.method));
  Call* call = MakeCall(accepted, route);
  shared_.metrics.Begin(route);
  if (!call->refused()) shared_.open_calls.fetch_add(1, std::memory_order_relaxed);
  call->next = first_;
  call->previous = nullptr;
  if (first_ != nullptr) first_->previous = call;
  first_ = call;
  call->Begin(accepted, route);
}

Call* Worker::MakeCall(const Accepted& accepted, Route& route) {
  const bool health = route.kind == Kind::kHealthCheck || route.kind == Kind::kHealthWatch;
  const int limit = options().max_calls + (health ? kHealthHeadroom : 0);
  if (shared_.open_calls.load(std::memory_order_relaxed) >= limit) {
    return new RefusedCall(*this, status::Unavailable(status::kOverloaded, kRetryAfter));
  }
  if (WireSize(accepted.metadata) > options().max_metadata_bytes) {
    return new RefusedCall(
        *this, status::Error(status::kMetadataTooLarge,
                             {{"limit", std::to_string(options().max_metadata_bytes)}}));
  }
  if (route.kind == Kind::kNone) {
    const std::string_view method = ViewOf(accepted.details.method);
    return new RefusedCall(
        *this, status::Error(status::kMethodUnknown, {{"method", std::string(method)}}));
  }
  if (phase() != Phase::kServing) return new RefusedCall(*this, Draining());
  if (health) return new HealthCall(*this);
  absl::StatusOr<Proof> proof = prover_.Prove(accepted.metadata, absl::Now());
  if (!proof.ok()) return new RefusedCall(*this, proof.status());
  absl::StatusOr<std::shared_ptr<Caller>> caller = identities_.Find(*proof, NowNanos());
  if (!caller.ok()) return new RefusedCall(*this, caller.status());
  ForwardCall* call = MakeForwardCall(route);
  call->SetCaller(*std::move(proof), *std::move(caller));
  return call;
}

ForwardCall* Worker::MakeForwardCall(const Route& route) {
  if (route.kind != Kind::kUnary) return new StreamCall(*this);
  if (idle_.empty()) return new UnaryCall(*this);
  ForwardCall* call = idle_.back().release();
  idle_.pop_back();
  return call;
}

void Worker::Release(Call* call) {
  shared_.metrics.End(call->route(), call->code(), NowNanos() - call->start_ns());
  if (!call->refused()) shared_.open_calls.fetch_sub(1, std::memory_order_relaxed);
  if (call->next != nullptr) call->next->previous = call->previous;
  (call->previous != nullptr ? call->previous->next : first_) = call->next;
  call->Reset();
  auto* unary = dynamic_cast<UnaryCall*>(call);
  if (unary != nullptr && idle_.size() < kMaxIdle) {
    idle_.emplace_back(unary);
  } else {
    delete call;
  }
  EndWhenLeft();
}

void Worker::Tick(int64_t now_ns) {
  identities_.Forget();
  const Phase now_in = phase();
  for (Call* call = first_; call != nullptr;) {
    // Whatever is done to a call, it ends only when its operations complete, which is not here.
    Call* next = call->next;
    call->Tick(now_ns);
    if (now_in == Phase::kCutting || (now_in == Phase::kStopping && call->endless())) {
      call->End(Draining());
    }
    call = next;
  }
}

}  // namespace qinglian::gateway
