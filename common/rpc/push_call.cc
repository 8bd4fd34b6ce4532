#include <memory>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/call_context.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/telemetry.h"
#include "common/status/status.h"

namespace qinglian::rpc {

// Starts a push stream on a worker. Apart from the stream's reactor, because that may end, when its
// caller goes, while this still waits in the queue.
class PushStart final : public Job {
 public:
  PushStart(Pipeline& pipeline, const Method& method, std::shared_ptr<PushCore> core,
            Subscriber subscriber, std::string trace_id, grpc::ByteBuffer request)
      : pipeline_(pipeline),
        method_(method),
        core_(std::move(core)),
        subscriber_(std::move(subscriber)),
        trace_id_(std::move(trace_id)),
        request_(std::move(request)) {}
  virtual ~PushStart() = default;

  void Begin() {
    const Lane::Admission admission =
        pipeline_.lane_.Submit(this, method_.patience * pipeline_.options().max_queue_wait);
    if (admission != Lane::Admission::kAccepted) End(pipeline_.Refused(admission, series()));
  }

  bool Abandoned() override { return core_->cancelled(); }

  void Run(size_t worker, absl::Duration waited) override {
    series().wait_seconds->Observe(absl::ToDoubleSeconds(waited));
    const log::TraceScope trace(trace_id_);
    End(method_.push(core_, std::move(subscriber_), request_));
  }

  void Dropped(Drop why, absl::Duration waited) override {
    End(pipeline_.Dropped(why, status::Error(status::kCancelled), series()));
  }

 private:
  const LaneSeries& series() const { return pipeline_.telemetry_->unary(); }

  void End(absl::Status status) {
    if (!status.ok()) core_->Close(std::move(status));
    delete this;
  }

  Pipeline& pipeline_;
  const Method& method_;
  const std::shared_ptr<PushCore> core_;
  Subscriber subscriber_;
  const std::string trace_id_;
  grpc::ByteBuffer request_;
};

// The wire of a push stream: carries out what its core says. Lives until OnDone; the core may live
// longer.
class PushCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, public PushSink {
 public:
  PushCall(Pipeline& pipeline, const Method& method, grpc::CallbackServerContext* context)
      : pipeline_(pipeline),
        method_(method),
        call_(method, *context, absl::InfiniteDuration(), absl::InfiniteDuration()),
        core_(std::make_shared<PushCore>(this, pipeline.options().push_buffer_bytes)) {}

  void Begin(const grpc::ByteBuffer& request) {
    entered_ = pipeline_.Enter();
    call_.Trace(absl::ZeroDuration());
    if (!entered_) {
      core_->Close(status::Error(status::kDraining));
    } else if (absl::Status known = call_.Identify(*pipeline_.options().identity_keys);
               !known.ok()) {
      core_->Close(known);
    } else if (!pipeline_.Register(core_)) {
      core_->Close(status::Error(status::kDraining));
    } else {
      // The scope outlives the call.
      const access::Scope scope(call_.identified()->principal, method_.permission,
                                method_.rule.anywhere());
      (new PushStart(pipeline_, method_, core_, {call_.identified(), scope}, call_.trace_id(),
                     request))
          ->Begin();
    }
  }

  void Write(const grpc::ByteBuffer& bytes) override { StartWrite(&bytes); }
  void Finish(const absl::Status& status) override {
    grpc::ServerWriteReactor<grpc::ByteBuffer>::Finish(pipeline_.Report(method_, call_, status));
  }

 private:
  // The core may be the last thing that this object's own end lets go of, so each holds it while it
  // works.
  void OnWriteDone(bool ok) override { std::shared_ptr(core_)->Written(ok); }
  void OnCancel() override { std::shared_ptr(core_)->Gone(); }
  void OnDone() override {
    const std::shared_ptr<PushCore> core = core_;
    pipeline_.Unregister(core.get());
    core->Finished();
    if (entered_) pipeline_.Leave();
    delete this;
  }

  Pipeline& pipeline_;
  const Method& method_;
  CallContext call_;
  bool entered_ = false;
  const std::shared_ptr<PushCore> core_;
};

grpc::ServerWriteReactor<grpc::ByteBuffer>* Pipeline::StartPush(
    const Method& method, grpc::CallbackServerContext* context, const Bytes* request) {
  auto* call = new PushCall(*this, method, context);
  call->Begin(*request);
  return call;
}

}  // namespace qinglian::rpc
