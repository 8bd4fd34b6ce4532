#include <utility>

#include "common/log/log.h"
#include "common/rpc/call_context.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/telemetry.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::rpc {

// One unary call, from gRPC's hands to its answer. Lives until OnDone.
class UnaryCall final : public grpc::ServerUnaryReactor, public Job {
 public:
  UnaryCall(Pipeline& pipeline, const Method& method, grpc::CallbackServerContext* context,
            const grpc::ByteBuffer* request, grpc::ByteBuffer* response)
      : pipeline_(pipeline),
        method_(method),
        call_(method, *context, pipeline.options().default_deadline,
              pipeline.options().max_deadline),
        request_(*request),
        response_(response) {}

  void Begin() {
    entered_ = pipeline_.Enter();
    if (!entered_) return End(status::Error(status::kDraining));
    Lane& lane = method_.reserved ? pipeline_.reserved_lane_ : pipeline_.lane_;
    const Lane::Admission admission =
        lane.Submit(this, method_.patience * pipeline_.options().max_queue_wait);
    if (admission != Lane::Admission::kAccepted) End(pipeline_.Refused(admission, series()));
  }

  bool Abandoned() override { return !call_.Waiting().ok(); }

  void Run(size_t worker, absl::Duration waited) override {
    series().wait_seconds->Observe(absl::ToDoubleSeconds(waited));
    call_.Trace(waited);
    const auto& sessions = method_.reserved ? pipeline_.reserved_sessions_ : pipeline_.sessions_;
    call_.set_session(sessions[worker].get());
    End(Handle());
  }

  void Dropped(Drop why, absl::Duration waited) override {
    call_.Trace(waited);
    End(pipeline_.Dropped(why, call_.Gone(), series()));
  }

 private:
  const LaneSeries& series() const { return pipeline_.telemetry_->unary(); }

  absl::Status Handle() {
    RETURN_IF_ERROR(call_.Identify(*pipeline_.options().identity_keys));
    const log::TraceScope logged(call_.trace_id());
    const trace::Scope scope(call_.span());
    return method_.unary(call_, request_, *response_);
  }

  // The last thing done with this object: gRPC may delete it before Finish returns.
  void End(const absl::Status& status) { Finish(pipeline_.Report(method_, call_, status)); }

  void OnDone() override {
    if (entered_) pipeline_.Leave();
    delete this;
  }

  Pipeline& pipeline_;
  const Method& method_;
  CallContext call_;
  bool entered_ = false;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer* const response_;
};

grpc::ServerUnaryReactor* Pipeline::StartUnary(const Method& method,
                                               grpc::CallbackServerContext* context,
                                               const Bytes* request, Bytes* response) {
  auto* call = new UnaryCall(*this, method, context, request, response);
  call->Begin();
  return call;
}

}  // namespace qinglian::rpc
