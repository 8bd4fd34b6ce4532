#include "services/gateway/call.h"

#include <grpc/slice.h>
#include <grpc/support/time.h>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/gateway/answer.h"
#include "services/gateway/metadata.h"
#include "services/gateway/worker.h"

namespace qinglian::gateway {
namespace {

// gRPC ends calls at their deadline; what it cannot end (a caller that does not read) is ended this
// much later.
constexpr int64_t kExpiryGraceNs = 1'000'000'000;
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

int64_t ToNanos(gpr_timespec time) {
  if (gpr_time_cmp(time, gpr_inf_future(time.clock_type)) == 0) return kNever;
  const gpr_timespec monotonic = gpr_convert_clock_type(time, GPR_CLOCK_MONOTONIC);
  // A deadline beyond the range of nanoseconds is none.
  if (monotonic.tv_sec > INT64_MAX / 2'000'000'000) return kNever;
  return monotonic.tv_sec * 1'000'000'000 + monotonic.tv_nsec;
}

}  // namespace

Call::Call(Worker& worker) : worker_(worker) {
  for (int i = 0; i < kEvents; ++i) {
    tags_[i].call = this;
    tags_[i].event = static_cast<Event>(i);
  }
}

void Call::Begin(const Accepted& accepted, Route route) {
  down_ = accepted.call;
  details_ = accepted.details;
  metadata_ = accepted.metadata;
  route_ = route;
  start_ns_ = NowNanos();
  SetDeadline();
  // Held until everything is begun, so that a refusal in the middle does not end the call under our
  // feet.
  Hold();
  Start(down_, Batch().RecvClose(closed_), Event::kDownClosed);
  OnBegin();
  Unhold();
}

void Call::SetDeadline() {
  deadline_ns_ = DeadlineOf(route_.kind, start_ns_, ToNanos(details_.deadline), worker_.options());
  expiry_ns_ = deadline_ns_ == kNever ? kNever : deadline_ns_ + kExpiryGraceNs;
}

void Call::Handle(Event event, bool ok) {
  if (event == Event::kDownClosed && closed_ != 0) {
    cancelled_ = true;
    if (up_ != nullptr) grpc_call_cancel(up_, nullptr);
  }
  On(event, ok);
  // The operation that ended here counted until now.
  Unhold();
}

void Call::Unhold() {
  if (--outstanding_ == 0) worker_.Release(this);
}

bool Call::Start(grpc_call* call, const Batch& batch, Event event) {
  const grpc_call_error error = batch.Start(call, &tags_[static_cast<int>(event)]);
  if (error == GRPC_CALL_OK) {
    ++outstanding_;
    return true;
  }
  // The only batches that can be refused carry metadata of others.
  code_ = GRPC_STATUS_INTERNAL;
  Abort(GRPC_STATUS_INTERNAL, "metadata cannot be forwarded");
  return false;
}

void Call::Abort(grpc_status_code code, const char* message) {
  if (!over()) code_ = code;
  finished_ = true;
  if (up_ != nullptr) grpc_call_cancel(up_, nullptr);
  grpc_call_cancel_with_status(down_, code, message, nullptr);
}

void Call::Tick(int64_t now_ns) {
  if (now_ns > expiry_ns_)
    Abort(GRPC_STATUS_DEADLINE_EXCEEDED, "the deadline of the call has passed");
}

absl::Status Draining() { return status::Unavailable(status::kDraining, kRetryAfter); }

void Call::Finish(const absl::Status& status) {
  if (over()) return;
  const Answer answer = ToAnswer(status);
  grpc_slice message = grpc_slice_from_copied_buffer(answer.message.data(), answer.message.size());
  std::vector<grpc_metadata> trailing;
  if (!answer.details.empty()) {
    grpc_metadata& details = trailing.emplace_back();
    details.key = grpc_slice_from_static_buffer(kStatusDetails.data(), kStatusDetails.size());
    details.value = grpc_slice_from_copied_buffer(answer.details.data(), answer.details.size());
  }
  if (up_ != nullptr) grpc_call_cancel(up_, nullptr);
  Batch batch;
  Finish(answer.code, message, trailing, nullptr, batch);
  // The batch took references of its own.
  grpc_slice_unref(message);
  for (const grpc_metadata& entry : trailing) grpc_slice_unref(entry.value);
}

void Call::Finish(grpc_status_code code, grpc_slice& message, std::vector<grpc_metadata>& trailing,
                  const grpc_metadata_array* initial, Batch& batch) {
  if (over()) return;
  AddInitial(initial, batch);
  finished_ = true;
  code_ = code;
  Start(down_, batch.SendStatus(code, message, trailing), Event::kDownFinished);
}

void Call::AddInitial(const grpc_metadata_array* from, Batch& batch) {
  if (initial_sent_) return;
  initial_sent_ = true;
  std::vector<grpc_metadata>& initial = worker_.scratch_initial();
  initial.clear();
  if (from != nullptr) AppendForwarded(*from, false, initial);
  batch.SendInitialMetadata(initial);
}

void Call::Reset() {
  if (up_ != nullptr) grpc_call_unref(up_);
  up_ = nullptr;
  grpc_metadata_array_destroy(&metadata_);
  grpc_call_details_destroy(&details_);
  grpc_call_unref(down_);
  down_ = nullptr;
  initial_sent_ = false;
  closed_ = 0;
  cancelled_ = false;
  finished_ = false;
  code_ = GRPC_STATUS_CANCELLED;
}

std::string_view Call::path() const { return ViewOf(details_.method); }

}  // namespace qinglian::gateway
