// What every command of qlctl works with.
#ifndef QINGLIAN_SERVICES_CTL_CONTEXT_H_
#define QINGLIAN_SERVICES_CTL_CONTEXT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/channel.h"
#include "google/protobuf/message.h"

namespace qinglian::ctl {

// The way in, who calls, and how answers are printed.
struct Context {
  // With the certificate of the client that calls, where it has one.
  std::shared_ptr<grpc::Channel> channel;
  // A token of the person who calls, and for whom he acts; empty for none.
  std::string bearer_token;
  std::string acting_for;
  absl::Duration timeout = absl::Seconds(15);
  bool json = false;

  // How a call is made: UNAVAILABLE is tried again, which is safe because every write here has a
  // request id.
  rpc::CallOptions CallOptions() const;

  // Calls a method of typed messages, such as "/qinglian.risk.v1.RiskPointService/GetRiskPoint".
  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method,
                                const google::protobuf::Message& request) const {
    Response response;
    absl::Status status = rpc::InvokeRaw(*channel, method, request, response, CallOptions());
    if (!status.ok()) return status;
    return response;
  }
};

// A new request id.
std::string NewRequestId();

// An error in how qlctl was called; main answers it with exit code 2.
absl::Status Usage(std::string text);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CONTEXT_H_
