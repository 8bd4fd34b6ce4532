#include "services/gateway/answer.h"

#include "common/status/status.h"

namespace qinglian::gateway {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

}  // namespace

Answer ToAnswer(const absl::Status& status) {
  const google::rpc::Status proto = status::ToProto(status);
  return {static_cast<grpc_status_code>(proto.code()), proto.message(), proto.SerializeAsString()};
}

absl::Status Explain(grpc_status_code code, std::string_view service, std::string_view method) {
  switch (code) {
    case GRPC_STATUS_UNAVAILABLE:
    // The caller did not leave, or nobody would be told: it is a service that stops.
    case GRPC_STATUS_CANCELLED:
    // A connection that was lost under the call, as "Stream removed" (grpc/grpc#13800).
    case GRPC_STATUS_UNKNOWN:
      return status::Unavailable(status::kUpstreamUnavailable, kRetryAfter,
                                 {{"service", std::string(service)}});
    case GRPC_STATUS_DEADLINE_EXCEEDED:
      return status::Error(status::kDeadlineExceeded);
    case GRPC_STATUS_UNIMPLEMENTED:
      return status::Error(status::kMethodUnknown, {{"method", std::string(method)}});
    default:
      return absl::OkStatus();
  }
}

}  // namespace qinglian::gateway
