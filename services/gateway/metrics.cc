#include "services/gateway/metrics.h"

#include "absl/status/status.h"

namespace qinglian::gateway {
namespace {

constexpr metrics::CounterDefinition kRequests{
    "gateway_requests_total",
    "Calls that ended, by the service they were for and the code the caller got.",
    {"upstream", "code"}};
constexpr metrics::HistogramDefinition kSeconds{
    "gateway_unary_seconds", "Time from a unary call's arrival to its end.", {"upstream"}};
constexpr metrics::GaugeDefinition kOpen{
    "gateway_open_calls", "Calls that are open now.", {"upstream"}};
constexpr metrics::GaugeDefinition kServing{
    "gateway_upstream_serving",
    "1 where the service answered its last health check with SERVING.",
    {"upstream"}};

// By number, as gRPC names them.
constexpr std::array<const char*, 17> kCodeNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

Metrics::Metrics(metrics::Registry& registry, const std::vector<std::string>& upstreams) {
  metrics::Values names = {"gateway"};
  names.insert(names.end(), upstreams.begin(), upstreams.end());
  const metrics::Values codes(kCodeNames.begin(), kCodeNames.end());
  auto& requests = registry.Declare(kRequests, metrics::Product({names, codes}));
  auto& seconds = registry.Declare(kSeconds, metrics::Product({names}));
  auto& open = registry.Declare(kOpen, metrics::Product({names}));
  auto& serving = registry.Declare(kServing, metrics::Product({upstreams}));
  for (const std::string& name : names) {
    Series& series = series_.emplace_back();
    series.open = &open.With({name});
    series.seconds = &seconds.With({name});
    for (size_t i = 0; i < kCodes; ++i) series.requests[i] = &requests.With({name, codes[i]});
  }
  for (const std::string& name : upstreams) serving_.push_back(&serving.With({name}));
}

void Metrics::Begin(Route route) { Of(route).open->Increment(); }

void Metrics::End(Route route, grpc_status_code code, int64_t nanos) {
  Series& series = Of(route);
  series.open->Decrement();
  // A number that gRPC does not know is what its clients make of it: UNKNOWN.
  const size_t number = static_cast<size_t>(code);
  const size_t index = number < kCodes ? number : static_cast<size_t>(GRPC_STATUS_UNKNOWN);
  series.requests[index]->Increment();
  if (route.kind == Kind::kUnary) series.seconds->Observe(static_cast<double>(nanos) / 1e9);
}

void Metrics::SetServing(size_t upstream, bool serving) {
  serving_[upstream]->Set(serving ? 1 : 0);
}

}  // namespace qinglian::gateway
