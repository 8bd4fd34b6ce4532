#include "services/gateway/resolve_call.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/slice.h>
#include <grpc/support/time.h>

#include "common/access/identity_token.h"
#include "common/rpc/codec.h"
#include "common/status/status.h"
#include "services/gateway/batch.h"
#include "services/gateway/metadata.h"

namespace qinglian::gateway {
namespace {

constexpr char kMethod[] = "/qinglian.organization.v1.CallerService/ResolveCaller";
constexpr int64_t kTimeoutMs = 2'000;

grpc_byte_buffer* ToBuffer(const google::protobuf::MessageLite& message) {
  const std::string bytes = message.SerializeAsString();
  grpc_slice slice = grpc_slice_from_copied_buffer(bytes.data(), bytes.size());
  grpc_byte_buffer* buffer = grpc_raw_byte_buffer_create(&slice, 1);
  grpc_slice_unref(slice);
  return buffer;
}

bool Parse(grpc_byte_buffer* buffer, google::protobuf::MessageLite& message) {
  grpc_byte_buffer_reader reader;
  if (buffer == nullptr || grpc_byte_buffer_reader_init(&reader, buffer) == 0) return false;
  grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
  const bool parsed =
      message.ParseFromArray(GRPC_SLICE_START_PTR(all), static_cast<int>(GRPC_SLICE_LENGTH(all)));
  grpc_slice_unref(all);
  grpc_byte_buffer_reader_destroy(&reader);
  return parsed;
}

}  // namespace

ResolveCall::~ResolveCall() { Clear(); }

void ResolveCall::Start(grpc_channel* channel, grpc_completion_queue* queue,
                        const std::string& token) {
  Clear();
  grpc_slice method = grpc_slice_from_static_string(kMethod);
  const gpr_timespec deadline =
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(kTimeoutMs, GPR_TIMESPAN));
  call_ = grpc_channel_create_call(channel, nullptr, GRPC_PROPAGATE_DEFAULTS, queue, method,
                                   nullptr, deadline, nullptr);
  organization::v1::ResolveCallerRequest request;
  request.set_client(proof_.client);
  request.set_staff_number(proof_.staff_number);
  request.set_acting_for(proof_.acting_for);
  grpc_byte_buffer* message = ToBuffer(request);
  std::vector<grpc_metadata> metadata(1);
  metadata[0].key = grpc_slice_from_static_string(access::kIdentityKey);
  metadata[0].value = grpc_slice_from_copied_buffer(token.data(), token.size());
  if (asker.has_trace()) {
    grpc_metadata& entry = metadata.emplace_back();
    entry.key = grpc_slice_from_static_string(trace::kTraceParent);
    entry.value = TraceParentOf(asker);
  }
  ++tries;
  Batch()
      .SendInitialMetadata(metadata)
      .SendMessage(message)
      .SendClose()
      .RecvInitialMetadata(initial_)
      .RecvMessage(response_)
      .RecvStatus(code_, message_, trailing_)
      .Start(call_, this);
  // The batch took references of its own.
  grpc_byte_buffer_destroy(message);
  for (const grpc_metadata& entry : metadata) grpc_slice_unref(entry.value);
}

void ResolveCall::Run(bool ok) {
  organization::v1::ResolveCallerResponse response;
  absl::Status status;
  if (code_ != GRPC_STATUS_OK) {
    status = rpc::FromGrpc(grpc::Status(static_cast<grpc::StatusCode>(code_),
                                        std::string(ViewOf(message_)),
                                        std::string(Find(trailing_, kStatusDetails))));
  } else if (!Parse(response_, response)) {
    status = absl::InternalError("the answer cannot be read");
  }
  done_(std::move(status), response);
}

void ResolveCall::Clear() {
  if (call_ == nullptr) return;
  grpc_call_unref(call_);
  call_ = nullptr;
  if (response_ != nullptr) grpc_byte_buffer_destroy(response_);
  response_ = nullptr;
  grpc_metadata_array_destroy(&initial_);
  grpc_metadata_array_destroy(&trailing_);
  initial_ = {};
  trailing_ = {};
  grpc_slice_unref(message_);
  message_ = {};
  code_ = GRPC_STATUS_UNKNOWN;
}

}  // namespace qinglian::gateway
