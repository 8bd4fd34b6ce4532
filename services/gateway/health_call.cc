#include "services/gateway/health_call.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/slice.h>

#include "common/status/status.h"
#include "services/gateway/metadata.h"
#include "services/gateway/worker.h"

namespace qinglian::gateway {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

bool Parse(grpc_byte_buffer* buffer, HealthCheckRequest& request) {
  grpc_byte_buffer_reader reader;
  if (grpc_byte_buffer_reader_init(&reader, buffer) == 0) return false;
  const grpc_slice bytes = grpc_byte_buffer_reader_readall(&reader);
  const std::string_view view = ViewOf(bytes);
  const bool ok = request.ParseFromArray(view.data(), static_cast<int>(view.size()));
  grpc_slice_unref(bytes);
  grpc_byte_buffer_reader_destroy(&reader);
  return ok;
}

}  // namespace

void HealthCall::OnBegin() { Start(down_, Batch().RecvMessage(message_), Event::kDownMessage); }

void HealthCall::On(Event event, bool ok) {
  if (event == Event::kDownMessage) {
    if (over()) return;
    HealthCheckRequest request;
    if (message_ == nullptr || !Parse(message_, request)) {
      return Finish(
          status::Error(status::kRequestInvalid, {{"detail", "not a HealthCheckRequest"}}));
    }
    service_ = request.service();
    route_.kind == Kind::kHealthCheck ? Check() : Watch();
  } else if (event == Event::kDownSent) {
    sending_ = false;
  }
}

void HealthCall::Check() {
  const HealthBoard::ServingStatus serving = worker_.health().Get(service_);
  if (serving == HealthCheckResponse::SERVICE_UNKNOWN) {
    return Finish(status::NotFound("grpc.health.v1.Service", service_));
  }
  Batch batch;
  AddMessage(serving, batch);
  grpc_slice none = grpc_empty_slice();
  worker_.scratch().clear();
  Finish(GRPC_STATUS_OK, none, worker_.scratch(), nullptr, batch);
}

void HealthCall::Watch() {
  watching_ = true;
  const HealthBoard::ServingStatus serving = worker_.health().Get(service_);
  if (sending_ || over() || serving == told_) return;
  Batch batch;
  AddMessage(serving, batch);
  told_ = serving;
  sending_ = Start(down_, batch, Event::kDownSent);
}

void HealthCall::AddMessage(HealthBoard::ServingStatus serving, Batch& batch) {
  HealthCheckResponse response;
  response.set_status(serving);
  const std::string bytes = response.SerializeAsString();
  grpc_slice slice = grpc_slice_from_copied_buffer(bytes.data(), bytes.size());
  if (message_ != nullptr) grpc_byte_buffer_destroy(message_);
  message_ = grpc_raw_byte_buffer_create(&slice, 1);
  grpc_slice_unref(slice);
  AddInitial(nullptr, batch);
  batch.SendMessage(message_);
}

void HealthCall::End(const absl::Status& status) {
  if (sending_) {
    Abort(static_cast<grpc_status_code>(status.code()), std::string(status.message()).c_str());
  } else {
    Finish(status);
  }
}

void HealthCall::Tick(int64_t now_ns) {
  if (watching_) Watch();
  Call::Tick(now_ns);
}

void HealthCall::Reset() {
  if (message_ != nullptr) grpc_byte_buffer_destroy(message_);
  message_ = nullptr;
  Call::Reset();
}

}  // namespace qinglian::gateway
