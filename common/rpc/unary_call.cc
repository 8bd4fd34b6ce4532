#include <utility>

#include "common/rpc/call_context.h"
#include "common/rpc/pipeline.h"
#include "common/status/macros.h"

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
    const Lane::Admission admission = pipeline_.lane_.Submit(this);
    if (admission != Lane::Admission::kAccepted) End(pipeline_.Refused(admission));
  }

  bool Abandoned() override { return !call_.Waiting().ok(); }

  void Run(size_t worker, absl::Duration waited) override {
    call_.set_session(pipeline_.sessions_[worker].get());
    End(Handle());
  }

  void Dropped(Drop why, absl::Duration waited) override {
    End(why == Drop::kAbandoned ? call_.Waiting() : pipeline_.Overloaded());
  }

 private:
  absl::Status Handle() {
    RETURN_IF_ERROR(call_.Identify());
    return method_.unary(call_, request_, *response_);
  }

  // The last thing done with this object: gRPC may delete it before Finish returns.
  void End(const absl::Status& status) { Finish(pipeline_.Report(method_, call_, status)); }

  void OnDone() override { delete this; }

  Pipeline& pipeline_;
  const Method& method_;
  CallContext call_;
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
