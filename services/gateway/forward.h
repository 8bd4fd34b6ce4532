// Calls that are forwarded to a service: bytes, unopened.
#ifndef QINGLIAN_SERVICES_GATEWAY_FORWARD_H_
#define QINGLIAN_SERVICES_GATEWAY_FORWARD_H_

#include <grpc/grpc.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/trace/span.h"
#include "services/gateway/account.h"
#include "services/gateway/call.h"
#include "services/gateway/proof.h"

namespace qinglian::gateway {

struct Caller;

// What both kinds share: whose call it is, and the side of the service.
class ForwardCall : public Call {
 public:
  using Call::Call;
  // What the caller has proved, and who he is; null where that must be asked first. Before Begin.
  void SetCaller(Proof proof, std::shared_ptr<Caller> caller);
  // Who he is, after Identities::Ask; or why nobody knows.
  void Identified(const absl::Status& status, const std::shared_ptr<Caller>& caller);
  void Tick(int64_t now_ns) override;
  void Reset() override;
  // The trace that it belongs to and the span of it here; none where nothing is traced.
  const trace::Context& trace_context() const { return span_.context(); }

 protected:
  // Begins what the call is about, or goes on with it: its caller is known and within his quota.
  virtual void Proceed() = 0;
  // OK while the caller is who he was when the call was let in; otherwise what to end it with.
  absl::Status CheckCaller();
  // Finds out once more who the caller is, and proceeds; or finishes the call.
  void IdentifyAgain();
  // Creates the call to the service, and fills the worker's scratch with the metadata to begin it
  // with. The caller must have been checked at this moment.
  void Open();
  // OK where `message` may pass, towards the service or the caller; null may.
  absl::Status CheckRequest(grpc_byte_buffer* message) const;
  absl::Status CheckResponse(grpc_byte_buffer* message) const;
  // Answers the caller what the service answered, after what `batch` sends.
  void FinishAsUpstream(Batch& batch);
  grpc_byte_buffer* request_ = nullptr;
  grpc_byte_buffer* response_ = nullptr;
  grpc_metadata_array up_initial_{};
  grpc_metadata_array up_trailing_{};
  grpc_status_code up_code_ = GRPC_STATUS_UNKNOWN;
  grpc_slice up_message_{};

 private:
  void OnBegin() override;
  void Enter();
  // Its name for spans: what callers made up is not repeated.
  std::string_view traced_method() const;
  void BeginTrace();
  // Adds the traceparent of the call to the service to the metadata that it begins with.
  void PassTrace(std::vector<grpc_metadata>& metadata);
  void EndTrace();

  Proof proof_;
  std::shared_ptr<Caller> caller_;
  // Where the call is counted.
  std::shared_ptr<Account> account_;
  // Under which lease it was begun.
  uint64_t lease_ = 0;
  std::string identity_;
  trace::Span span_;
  trace::Span up_span_;
  grpc_slice traceparent_{};
};

// A unary call: the request is read, one batch does everything on the side of the service, one
// answers.
class UnaryCall final : public ForwardCall {
 public:
  using ForwardCall::ForwardCall;

 private:
  void Proceed() override;
  void On(Event event, bool ok) override;
  void TakeRequest();
  void Send();
  void Answer();
};

// Any other call. Each way holds one message at a time: the next is read when the one before is on
// its way, so that a slow reader slows the writer.
//
// Events only note what happened. What follows is decided in Flush(), when the queue has nothing
// more to tell, so that what came together (metadata, a message, the status) goes out together.
//
// A service must never take a broken upload for a complete one, but gRPC reports the caller's
// half-close and his cancellation as the same empty read, with the cancellation at some time behind
// it. So an empty read is read once more: the second passes through the transport, which has by
// then told of the cancellation that the first may have come with.
class StreamCall final : public ForwardCall {
 public:
  using ForwardCall::ForwardCall;
  // Ends the call in mid-message where it has to.
  void End(const absl::Status& status) override;
  void Flush();

 private:
  void Proceed() override;
  void On(Event event, bool ok) override;
  void Later();
  void CutWhereChanged();
  void FlushUp();
  void FlushDown();
  void ReadRequest();
  void ReadResponse();

  // What is read is looked at only when gRPC has said that it is there: it writes request_ and
  // response_ before that, on a thread of its own.
  bool deferred_ = false;
  // Towards the service.
  bool end_seen_ = false;
  bool half_closed_ = false;
  bool close_sent_ = false;
  bool reading_request_ = false;
  bool sending_up_ = false;
  bool sending_request_ = false;
  // Towards the caller.
  bool initial_came_ = false;
  bool reading_response_ = false;
  bool responses_over_ = false;
  bool sending_down_ = false;
  bool sending_response_ = false;
  bool status_came_ = false;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_FORWARD_H_
