// One question to the organization service: who is this?
#ifndef QINGLIAN_SERVICES_GATEWAY_RESOLVE_CALL_H_
#define QINGLIAN_SERVICES_GATEWAY_RESOLVE_CALL_H_

#include <grpc/grpc.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/trace/context.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "services/gateway/call.h"
#include "services/gateway/proof.h"

namespace qinglian::gateway {

class ForwardCall;

// Asked and answered on the worker's thread, through its queue. Must live till it is answered.
class ResolveCall final : public Tag {
 public:
  // The answer, or what gRPC or the service says instead, with its details. May end the call.
  using Done =
      std::function<void(absl::Status, const organization::v1::ResolveCallerResponse& response)>;

  ResolveCall(Proof proof, Done done) : proof_(std::move(proof)), done_(std::move(done)) {}
  ~ResolveCall() override;

  // `token`: the gateway's own identity. Again once it is answered.
  void Start(grpc_channel* channel, grpc_completion_queue* queue, const std::string& token);
  void Run(bool ok) override;

  const Proof& proof() const { return proof_; }

  // When it was asked: under which lease, and after how many changes.
  uint64_t lease = 0;
  uint64_t changes = 0;
  int tries = 0;
  // Whose trace it is part of: that of who asked first. None where nothing is traced.
  trace::Context asker = {};
  // Who waits for the answer.
  std::vector<ForwardCall*> waiting;

 private:
  void Clear();

  const Proof proof_;
  const Done done_;
  grpc_call* call_ = nullptr;
  grpc_byte_buffer* response_ = nullptr;
  grpc_metadata_array initial_{};
  grpc_metadata_array trailing_{};
  grpc_status_code code_ = GRPC_STATUS_UNKNOWN;
  grpc_slice message_{};
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_RESOLVE_CALL_H_
