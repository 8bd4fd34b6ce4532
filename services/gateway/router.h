// Which upstream a method belongs to, and of which kind it is. Immutable after construction, so
// thread-safe.
#ifndef QINGLIAN_SERVICES_GATEWAY_ROUTER_H_
#define QINGLIAN_SERVICES_GATEWAY_ROUTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"

namespace qinglian::gateway {

enum class Kind {
  kUnary,
  kServerStreaming,
  // Client and bidirectional streaming: bytes flow either way at any time.
  kStreaming,
  // Of a known service, but not in the contract this gateway was built with. It flows like a stream
  // and has the deadline of a unary call, which is the safe half of each.
  kUnknown,
  // Answered here.
  kHealthCheck,
  kHealthWatch,
  // Nobody's.
  kNone,
};

struct Route {
  Kind kind = Kind::kNone;
  // Index into the upstreams; -1 for kinds that have none.
  int upstream = -1;
};

class Router {
 public:
  // `services` are the names of upstreams, in their order: a method
  // `/qinglian.<service>.v1.<anything>/<Method>` goes to the upstream of that name. `contract` says
  // of which kind methods are.
  Router(const std::vector<std::string>& services,
         absl::Span<const google::protobuf::ServiceDescriptor* const> contract);

  // The route of a path as it stands in HTTP/2 (`/package.Service/Method`). Kind kNone for what
  // nobody serves.
  Route Find(std::string_view path) const;

  // The upstream of a gRPC service or package name (`qinglian.risk.v1`,
  // `qinglian.risk.v1.RiskPointService`), or -1.
  int FindService(std::string_view name) const;

 private:
  std::vector<std::string> services_;
  absl::flat_hash_map<std::string, Route> methods_;
};

// The services of all packages `qinglian.<name>.v1` that are linked into this program.
std::vector<const google::protobuf::ServiceDescriptor*> LinkedContract();

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_ROUTER_H_
