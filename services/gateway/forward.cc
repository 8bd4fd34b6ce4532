#include "services/gateway/forward.h"

#include <grpc/byte_buffer.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/access/identity_token.h"
#include "common/status/status.h"
#include "services/gateway/answer.h"
#include "services/gateway/identities.h"
#include "services/gateway/metadata.h"
#include "services/gateway/worker.h"

namespace qinglian::gateway {
namespace {

gpr_timespec ToTimespec(int64_t deadline_ns) {
  if (deadline_ns == kNever) return gpr_inf_future(GPR_CLOCK_MONOTONIC);
  return gpr_time_from_nanos(deadline_ns, GPR_CLOCK_MONOTONIC);
}

absl::Status CheckSize(grpc_byte_buffer* message, int64_t limit) {
  if (message == nullptr) return absl::OkStatus();
  const int64_t size = static_cast<int64_t>(grpc_byte_buffer_length(message));
  if (size <= limit) return absl::OkStatus();
  return status::Error(status::kMessageTooLarge,
                       {{"size", std::to_string(size)}, {"limit", std::to_string(limit)}});
}

void Destroy(grpc_byte_buffer*& buffer) {
  if (buffer != nullptr) grpc_byte_buffer_destroy(buffer);
  buffer = nullptr;
}

}  // namespace

void ForwardCall::SetCaller(Proof proof, std::shared_ptr<Caller> caller) {
  proof_ = std::move(proof);
  caller_ = std::move(caller);
}

std::string_view ForwardCall::traced_method() const {
  return route_.kind == Kind::kUnknown ? "unknown method" : path().substr(1);
}

// Whoever calls from outside may name the trace, but not decide whether it is recorded.
void ForwardCall::BeginTrace() {
  const std::chrono::steady_clock::time_point start{std::chrono::nanoseconds(start_ns_)};
  span_ = trace::Serve(traced_method(), Find(metadata_, trace::kTraceParent), false, start);
  span_.Set(trace::Attribute::kRpcMethod, traced_method());
  span_.Set(trace::Attribute::kUpstream, worker_.upstream(route_.upstream).name());
}

void ForwardCall::PassTrace(std::vector<grpc_metadata>& metadata) {
  const std::string_view said = Find(metadata_, trace::kTraceParent);
  if (!trace::Enabled() && !said.empty()) return;
  trace::Context context = trace::Enabled() ? span_.context() : trace::NewTrace();
  if (span_.recording()) {
    up_span_ = trace::ChildOf(context, trace::Kind::kClient, traced_method());
    up_span_.Set(trace::Attribute::kUpstream, worker_.upstream(route_.upstream).name());
    context = up_span_.context();
  }
  if (!said.empty()) {
    std::erase_if(metadata, [](const grpc_metadata& entry) {
      return ViewOf(entry.key) == trace::kTraceParent;
    });
  }
  traceparent_ = TraceParentOf(context);
  grpc_metadata& entry = metadata.emplace_back();
  entry.key = grpc_slice_from_static_string(trace::kTraceParent);
  entry.value = traceparent_;
}

void ForwardCall::EndTrace() {
  const auto upstream = static_cast<absl::StatusCode>(up_code_);
  up_span_.EndCall(upstream, upstream != absl::StatusCode::kOk);
  const auto answered = static_cast<absl::StatusCode>(code());
  span_.EndCall(answered, trace::IsServersFault(answered));
  span_ = {};
  up_span_ = {};
}

void ForwardCall::OnBegin() {
  if (trace::Enabled() && !span_.context().has_trace()) BeginTrace();
  if (caller_ != nullptr) return Enter();
  // Until there is an answer.
  Hold();
  worker_.identities().Ask(proof_, this);
}

void ForwardCall::Identified(const absl::Status& status, const std::shared_ptr<Caller>& caller) {
  caller_ = caller;
  if (!status.ok()) {
    Finish(status);
  } else if (!over()) {
    Enter();
  }
  Unhold();
}

void ForwardCall::Enter() {
  // Whose caller was asked for once more is counted already.
  if (account_ != caller_->account) {
    if (const auto wait = caller_->account->Enter(NowNanos()); wait.has_value())
      return Finish(status::Unavailable(status::kQuotaExceeded, *wait));
    if (account_ != nullptr) account_->Leave();
    account_ = caller_->account;
  }
  lease_ = caller_->lease;
  Proceed();
}

absl::Status ForwardCall::CheckCaller() {
  if (absl::Now() >= proof_.valid_until) return proof_.Expired();
  if (worker_.identities().Holds(*caller_, lease_, NowNanos())) return absl::OkStatus();
  return status::Unavailable(status::kIdentityChanged, absl::ZeroDuration());
}

void ForwardCall::IdentifyAgain() {
  if (absl::Now() >= proof_.valid_until) return Finish(proof_.Expired());
  absl::StatusOr<std::shared_ptr<Caller>> caller = worker_.identities().Find(proof_, NowNanos());
  if (!caller.ok()) return Finish(caller.status());
  caller_ = *std::move(caller);
  OnBegin();
}

// A stream may last; what its caller was granted when it began may not.
void ForwardCall::Tick(int64_t now_ns) {
  Call::Tick(now_ns);
  if (route_.kind == Kind::kUnary || account_ == nullptr || over()) return;
  if (const absl::Status holds = CheckCaller(); !holds.ok()) End(holds);
}

void ForwardCall::Open() {
  identity_ = worker_.identities().TokenOf(*caller_, NowNanos());
  Upstream& upstream = worker_.upstream(route_.upstream);
  up_ = grpc_channel_create_call(upstream.Next(), nullptr, GRPC_PROPAGATE_DEFAULTS, worker_.queue(),
                                 details_.method, nullptr,
                                 ToTimespec(UpstreamDeadline(start_ns_, deadline_ns_)), nullptr);
  std::vector<grpc_metadata>& metadata = worker_.scratch();
  metadata.clear();
  AppendForwarded(metadata_, false, metadata);
  grpc_metadata& identity = metadata.emplace_back();
  identity.key = grpc_slice_from_static_string(access::kIdentityKey);
  identity.value = grpc_slice_from_static_buffer(identity_.data(), identity_.size());
  PassTrace(metadata);
}

absl::Status ForwardCall::CheckRequest(grpc_byte_buffer* message) const {
  return CheckSize(message, worker_.options().max_message_bytes);
}

absl::Status ForwardCall::CheckResponse(grpc_byte_buffer* message) const {
  const int64_t limit = worker_.options().max_message_bytes;
  const int64_t quota = account_->quota().max_response_bytes;
  return CheckSize(message, quota > 0 ? std::min(limit, quota) : limit);
}

void ForwardCall::FinishAsUpstream(Batch& batch) {
  const auto code = static_cast<absl::StatusCode>(up_code_);
  up_span_.EndCall(code, code != absl::StatusCode::kOk);
  if (up_code_ != GRPC_STATUS_OK && Find(up_trailing_, kStatusDetails).empty()) {
    const absl::Status why = Explain(up_code_, worker_.upstream(route_.upstream).name(), path());
    if (!why.ok()) return Finish(why);
  }
  std::vector<grpc_metadata>& trailing = worker_.scratch();
  trailing.clear();
  AppendForwarded(up_trailing_, true, trailing);
  Finish(up_code_, up_message_, trailing, &up_initial_, batch);
}

void ForwardCall::Reset() {
  EndTrace();
  Destroy(request_);
  Destroy(response_);
  grpc_metadata_array_destroy(&up_initial_);
  grpc_metadata_array_destroy(&up_trailing_);
  up_initial_ = {};
  up_trailing_ = {};
  up_code_ = GRPC_STATUS_UNKNOWN;
  grpc_slice_unref(up_message_);
  up_message_ = {};
  grpc_slice_unref(traceparent_);
  traceparent_ = {};
  if (account_ != nullptr) account_->Leave();
  account_ = nullptr;
  caller_ = nullptr;
  Call::Reset();
}

void UnaryCall::Proceed() {
  if (request_ != nullptr) return Send();
  Start(down_, Batch().RecvMessage(request_), Event::kDownMessage);
}

void UnaryCall::On(Event event, bool ok) {
  if (over()) return;
  if (event == Event::kDownMessage) TakeRequest();
  if (event == Event::kUpStatus) Answer();
}

void UnaryCall::TakeRequest() {
  if (request_ == nullptr) {
    return Finish(
        status::Error(status::kRequestInvalid, {{"detail", "a unary call without a message"}}));
  }
  if (const absl::Status fits = CheckRequest(request_); !fits.ok()) return Finish(fits);
  // The message may come long after the headers, and a revocation in between.
  if (!CheckCaller().ok()) return IdentifyAgain();
  Send();
}

void UnaryCall::Send() {
  Open();
  Start(up_,
        Batch()
            .SendInitialMetadata(worker_.scratch())
            .SendMessage(request_)
            .SendClose()
            .RecvInitialMetadata(up_initial_)
            .RecvMessage(response_)
            .RecvStatus(up_code_, up_message_, up_trailing_),
        Event::kUpStatus);
}

void UnaryCall::Answer() {
  Batch batch;
  if (up_code_ == GRPC_STATUS_OK && response_ != nullptr) {
    if (const absl::Status fits = CheckResponse(response_); !fits.ok()) return Finish(fits);
    AddInitial(&up_initial_, batch);
    batch.SendMessage(response_);
  }
  FinishAsUpstream(batch);
}

void StreamCall::Proceed() {
  ReadRequest();
  // A server-streaming call goes up when its request is here, in one piece; any other at once.
  if (route_.kind != Kind::kServerStreaming) Later();
}

void StreamCall::ReadRequest() {
  reading_request_ = Start(down_, Batch().RecvMessage(request_), Event::kDownMessage);
}

void StreamCall::ReadResponse() {
  reading_response_ = Start(up_, Batch().RecvMessage(response_), Event::kUpMessage);
}

void StreamCall::Later() {
  if (deferred_) return;
  deferred_ = true;
  // Keeps the call alive until Flush().
  Hold();
  worker_.Defer(this);
}

void StreamCall::On(Event event, bool ok) {
  switch (event) {
    case Event::kDownMessage:
      reading_request_ = false;
      if (request_ == nullptr && !end_seen_ && !over()) {
        end_seen_ = true;
        return ReadRequest();
      }
      if (request_ == nullptr) half_closed_ = true;
      break;
    case Event::kUpSent:
      sending_up_ = false;
      if (sending_request_) {
        sending_request_ = false;
        Destroy(request_);
        // A failed send means that the service has ended the call; its status says why.
        if (ok && !half_closed_ && !over()) ReadRequest();
      }
      break;
    case Event::kUpInitial:
      initial_came_ = true;
      break;
    case Event::kUpMessage:
      reading_response_ = false;
      if (response_ == nullptr) responses_over_ = true;
      break;
    case Event::kDownSent:
      sending_down_ = false;
      if (sending_response_) {
        sending_response_ = false;
        Destroy(response_);
        if (!responses_over_ && !over()) ReadResponse();
      }
      break;
    case Event::kUpStatus:
      status_came_ = true;
      break;
    case Event::kDownClosed:
    case Event::kDownFinished:
      return;
  }
  Later();
}

void StreamCall::End(const absl::Status& status) {
  if (sending_down_) {
    Abort(static_cast<grpc_status_code>(status.code()), std::string(status.message()).c_str());
  } else {
    Finish(status);
  }
}

void StreamCall::Flush() {
  deferred_ = false;
  CutWhereChanged();
  if (!over()) FlushUp();
  if (!over()) FlushDown();
  Unhold();
}

// Before anything passes, either way: who revoked something was told that nothing does any more.
void StreamCall::CutWhereChanged() {
  if (over()) return;
  if (const absl::Status holds = CheckCaller(); !holds.ok()) End(holds);
}

void StreamCall::FlushUp() {
  if (sending_up_ || close_sent_ || status_came_) return;
  grpc_byte_buffer* const request = reading_request_ ? nullptr : request_;
  if (const absl::Status fits = CheckRequest(request); !fits.ok()) return End(fits);
  if (route_.kind == Kind::kServerStreaming) {
    if (request == nullptr && !half_closed_) return;
    if (request == nullptr) {
      return End(
          status::Error(status::kRequestInvalid, {{"detail", "a call without its message"}}));
    }
    half_closed_ = true;
  }
  Batch batch;
  const bool opening = up_ == nullptr;
  if (opening) {
    Open();
    batch.SendInitialMetadata(worker_.scratch());
  }
  sending_request_ = request != nullptr;
  if (sending_request_) batch.SendMessage(request);
  if (half_closed_) {
    batch.SendClose();
    close_sent_ = true;
  }
  if (batch.empty()) return;
  sending_up_ = Start(up_, batch, Event::kUpSent);
  if (!opening || !sending_up_) return;
  Start(up_, Batch().RecvInitialMetadata(up_initial_), Event::kUpInitial);
  ReadResponse();
  Start(up_, Batch().RecvStatus(up_code_, up_message_, up_trailing_), Event::kUpStatus);
}

void StreamCall::FlushDown() {
  if (sending_down_ || !initial_came_) return;
  grpc_byte_buffer* const response = reading_response_ ? nullptr : response_;
  if (const absl::Status fits = CheckResponse(response); !fits.ok()) return End(fits);
  // The status comes when all messages were read, or when something broke.
  const bool finishing = status_came_ && !reading_response_;
  Batch batch;
  if (finishing && (response == nullptr || up_code_ == GRPC_STATUS_OK)) {
    if (response != nullptr) {
      AddInitial(&up_initial_, batch);
      batch.SendMessage(response);
    }
    return FinishAsUpstream(batch);
  }
  AddInitial(&up_initial_, batch);
  sending_response_ = response != nullptr;
  if (sending_response_) batch.SendMessage(response);
  if (!batch.empty()) sending_down_ = Start(down_, batch, Event::kDownSent);
}

}  // namespace qinglian::gateway
