#include "common/rpc/call_context.h"

#include <algorithm>
#include <optional>

#include "common/rpc/caller.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::rpc {

CallContext::CallContext(const Method& method, const grpc::CallbackServerContext& context,
                         absl::Duration standard, absl::Duration most)
    : method_(method), context_(context), arrival_(std::chrono::steady_clock::now()) {
  const absl::Time now = absl::Now();
  const std::chrono::system_clock::time_point asked = context.deadline();
  const bool has_deadline = asked != std::chrono::system_clock::time_point::max();
  deadline_ = std::min(has_deadline ? absl::FromChrono(asked) : now + standard, now + most);
}

std::string_view CallContext::Metadata(const char* key) const {
  const auto& metadata = context_.client_metadata();
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string_view()
                                 : std::string_view(found->second.data(), found->second.size());
}

void CallContext::Trace(absl::Duration waited) {
  const std::string_view traceparent = Metadata(trace::kTraceParent);
  if (!trace::Enabled()) {
    const std::optional<trace::Context> context = trace::ParseTraceParent(traceparent);
    trace_id_ = (context.has_value() ? *context : trace::NewTrace()).trace_id();
    return;
  }
  // Whoever gets in is of the house.
  span_ = trace::Serve(std::string_view(method_.path).substr(1), traceparent, true, arrival_);
  trace_id_ = span_.context().trace_id();
  if (!span_.recording()) return;
  span_.Set(trace::Attribute::kRpcMethod, std::string_view(method_.path).substr(1));
  span_.Set(trace::Attribute::kQueueWait, absl::ToInt64Microseconds(waited));
}

void CallContext::EndTrace(absl::StatusCode code) {
  // What was never run has a span too.
  if (trace::Enabled() && trace_id_.empty()) Trace(absl::ZeroDuration());
  span_.EndCall(code, trace::IsServersFault(code));
}

absl::Status CallContext::Identify(const access::IdentityKeys& keys) {
  ASSIGN_OR_RETURN(identified_, rpc::Identify(keys, Metadata(access::kIdentityKey)));
  const std::string& permission = method_.rule.permission();
  if (permission.empty() || identified_->principal.Holds(method_.permission))
    return absl::OkStatus();
  refused_ = true;
  return status::Error(status::kPermissionDenied, {{"permission", permission}});
}

access::Scope CallContext::scope() const {
  return {identified_->principal, method_.permission, method_.rule.anywhere(), &refused_};
}

absl::Status CallContext::Waiting() const {
  if (absl::Now() >= deadline_) return status::Error(status::kDeadlineExceeded);
  if (cancelled()) return status::Error(status::kCancelled);
  return absl::OkStatus();
}

absl::Status CallContext::Gone() const {
  const absl::Status waiting = Waiting();
  return waiting.ok() ? status::Error(status::kCancelled) : waiting;
}

absl::Duration CallContext::age() const {
  return absl::FromChrono(std::chrono::steady_clock::now() - arrival_);
}

}  // namespace qinglian::rpc
