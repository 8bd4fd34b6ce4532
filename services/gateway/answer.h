// Answers that the gateway gives itself, in the form the wire has them.
#ifndef QINGLIAN_SERVICES_GATEWAY_ANSWER_H_
#define QINGLIAN_SERVICES_GATEWAY_ANSWER_H_

#include <grpc/status.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace qinglian::gateway {

struct Answer {
  grpc_status_code code = GRPC_STATUS_OK;
  std::string message;
  // A serialized google.rpc.Status; empty where the answer has no details.
  std::string details;
};

// `status`, made by common/status, as an answer.
Answer ToAnswer(const absl::Status& status);

// The answer to give instead of one that came from the call to `service` with `code` and no
// details: it was not the service that spoke, but gRPC, and its words are of sockets and hosts. OK
// where the answer is to go through as it is.
absl::Status Explain(grpc_status_code code, std::string_view service, std::string_view method);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_ANSWER_H_
