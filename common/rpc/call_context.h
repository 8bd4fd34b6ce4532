// A call as gRPC's context shows it. Private to this folder.
#ifndef QINGLIAN_COMMON_RPC_CALL_CONTEXT_H_
#define QINGLIAN_COMMON_RPC_CALL_CONTEXT_H_

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/access/identity_keys.h"
#include "common/rpc/call.h"
#include "common/rpc/caller.h"
#include "common/rpc/pipeline.h"
#include "common/trace/span.h"
#include "grpcpp/support/server_callback.h"

namespace qinglian::rpc {

class CallContext : public Call {
 public:
  // The deadline is the caller's, or `standard` from now where he set none, and never more than
  // `most` from now.
  CallContext(const Method& method, const grpc::CallbackServerContext& context,
              absl::Duration standard, absl::Duration most);

  // Finds out which trace it belongs to, and begins its span where that is recorded. `waited`: in
  // the queue of its lane. Once, before all that follows.
  void Trace(absl::Duration waited);

  // Ends the span, with what the caller is told.
  void EndTrace(absl::StatusCode code);

  // Finds out who calls, by his identity token, and whether he holds the permission of the method.
  // UNAUTHENTICATED, reason CALLER_MISSING; PERMISSION_DENIED, reason PERMISSION_DENIED.
  absl::Status Identify(const access::IdentityKeys& keys);

  // CANCELLED or DEADLINE_EXCEEDED where nobody waits any more.
  absl::Status Waiting() const;
  // As Waiting where it is known that nobody does: CANCELLED rather than OK.
  absl::Status Gone() const;

  // Since it arrived.
  absl::Duration age() const;

  void set_session(mysql::Session* session) { session_ = session; }

  const Caller& caller() const override { return identified_->caller; }
  access::Scope scope() const override;
  // Whether the caller asked for what is not for him; after Identify, by the thread of the call.
  bool refused() const { return refused_; }
  // Who calls, for as long as anybody needs to know. After Identify.
  const std::shared_ptr<const Identified>& identified() const { return identified_; }
  const std::string& method() const override { return method_.path; }
  const std::string& trace_id() const override { return trace_id_; }
  const trace::Span& span() const { return span_; }
  absl::Time deadline() const override { return deadline_; }
  bool cancelled() const override { return context_.IsCancelled(); }
  mysql::Session& database() override { return *session_; }

 private:
  std::string_view Metadata(const char* key) const;

  const Method& method_;
  const grpc::CallbackServerContext& context_;
  const std::chrono::steady_clock::time_point arrival_;
  absl::Time deadline_;
  std::shared_ptr<const Identified> identified_;
  trace::Span span_;
  std::string trace_id_;
  // Set by those who decide, through the scopes that this call gives out.
  mutable bool refused_ = false;
  mysql::Session* session_ = nullptr;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_CALL_CONTEXT_H_
