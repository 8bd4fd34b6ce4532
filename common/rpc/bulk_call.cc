#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/call_context.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/telemetry.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::rpc {

absl::Status ReadOnly(ByteStream& stream, google::protobuf::Message& request) {
  grpc::ByteBuffer bytes;
  ASSIGN_OR_RETURN(const bool present, stream.Read(&bytes));
  if (!present)
    return status::Error(status::kRequestInvalid, {{"detail", "the call holds no message"}});
  return DecodeRequest(bytes, request);
}

// One bulk stream. gRPC's reactions only set a flag and wake the handler's thread, which waits for
// them. Lives until OnDone.
class BulkCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                       public Job,
                       public ByteStream {
 public:
  BulkCall(Pipeline& pipeline, const Method& method, grpc::CallbackServerContext* context)
      : pipeline_(pipeline),
        method_(method),
        context_(context),
        call_(method, *context, pipeline.options().max_stream_duration,
              pipeline.options().max_stream_duration) {}

  void Begin() {
    entered_ = pipeline_.Enter();
    if (!entered_) return End(status::Error(status::kDraining));
    const Lane::Admission admission =
        pipeline_.bulk_lane_.Submit(this, method_.patience * pipeline_.options().max_queue_wait);
    if (admission != Lane::Admission::kAccepted) End(pipeline_.Refused(admission, series()));
  }

  bool Abandoned() override { return !call_.Waiting().ok(); }

  void Run(size_t worker, absl::Duration waited) override {
    series().wait_seconds->Observe(absl::ToDoubleSeconds(waited));
    call_.Trace(waited);
    call_.set_session(pipeline_.bulk_sessions_[worker].get());
    absl::Status status = Handle();
    // A caller who has gone gets no success, whatever the handler made of it; and Finish must not
    // overtake a write.
    if (!AwaitWrite() && status.ok()) status = Gone();
    End(status);
  }

  void Dropped(Drop why, absl::Duration waited) override {
    call_.Trace(waited);
    End(pipeline_.Dropped(why, call_.Gone(), series()));
  }

  absl::StatusOr<bool> Read(grpc::ByteBuffer* message) override {
    if (reading_) return Gone();  // an earlier Read gave up at the deadline
    {
      std::lock_guard lock(mutex_);
      reading_ = true;
    }
    StartRead(&incoming_);
    std::unique_lock lock(mutex_);
    // At the deadline the read is left to gRPC, which ends it when the call ends.
    if (!AwaitUntilDeadline(lock, reading_)) return Gone();
    if (read_ok_) {
      message->Swap(&incoming_);
      incoming_.Clear();
      return true;
    }
    lock.unlock();
    RETURN_IF_ERROR(call_.Waiting());
    return false;
  }

  bool Write(const grpc::ByteBuffer& message) override {
    if (!AwaitWrite()) return false;
    outgoing_ = message;
    {
      std::lock_guard lock(mutex_);
      writing_ = true;
    }
    StartWrite(&outgoing_);
    return true;
  }

  absl::Status Gone() override { return call_.Gone(); }

 private:
  const LaneSeries& series() const { return pipeline_.telemetry_->bulk(); }

  absl::Status Handle() {
    RETURN_IF_ERROR(call_.Identify(*pipeline_.options().identity_keys));
    const log::TraceScope logged(call_.trace_id());
    const trace::Scope scope(call_.span());
    return method_.bulk(call_, *this);
  }

  // Waits until the write before is over; whether all went well so far. A write that outlives the
  // deadline is broken off with its call.
  bool AwaitWrite() {
    std::unique_lock lock(mutex_);
    if (!AwaitUntilDeadline(lock, writing_)) {
      lock.unlock();
      context_->TryCancel();
      lock.lock();
      changed_.wait(lock, [this] { return !writing_; });
    }
    return write_ok_;
  }

  // Whether `under_way` became false in time.
  bool AwaitUntilDeadline(std::unique_lock<std::mutex>& lock, const bool& under_way) {
    return changed_.wait_until(lock, absl::ToChronoTime(call_.deadline()),
                               [&under_way] { return !under_way; });
  }

  // The last thing done with this object: gRPC may delete it before Finish returns.
  void End(const absl::Status& status) { Finish(pipeline_.Report(method_, call_, status)); }

  // Notified under the lock: the waiting thread may let the object go as soon as it is released.
  //
  // A half-close and a cancellation are the same failed read, with the cancellation behind it. A
  // second read comes back after the reaction to the cancellation that the first came with.
  void OnReadDone(bool ok) override {
    if (!ok && !end_seen_) {
      end_seen_ = true;
      return StartRead(&incoming_);
    }
    std::lock_guard lock(mutex_);
    reading_ = false;
    read_ok_ = ok;
    changed_.notify_all();
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(mutex_);
    writing_ = false;
    write_ok_ = write_ok_ && ok;
    changed_.notify_all();
  }

  void OnDone() override {
    if (entered_) pipeline_.Leave();
    delete this;
  }

  Pipeline& pipeline_;
  const Method& method_;
  grpc::CallbackServerContext* const context_;
  CallContext call_;
  bool entered_ = false;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  // Touched by reactions to reads only, of which there is one at a time.
  bool end_seen_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reading_ = false;
  bool read_ok_ = false;
  bool writing_ = false;
  bool write_ok_ = true;
};

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Pipeline::StartBulk(
    const Method& method, grpc::CallbackServerContext* context) {
  auto* call = new BulkCall(*this, method, context);
  call->Begin();
  return call;
}

}  // namespace qinglian::rpc
