// Which deadline a call has, and which its service is given.
#ifndef QINGLIAN_SERVICES_GATEWAY_DEADLINE_H_
#define QINGLIAN_SERVICES_GATEWAY_DEADLINE_H_

#include <cstdint>

#include "services/gateway/options.h"
#include "services/gateway/router.h"

namespace qinglian::gateway {

// All times are nanoseconds of one clock. kNever is no deadline.
inline constexpr int64_t kNever = INT64_MAX;

// Nanoseconds of the monotonic clock.
int64_t NowNanos();

// The deadline of a call of `kind` that arrived at `start_ns`, whose caller wants `wanted_ns`.
// Unary calls always have one, and so has what may be one.
int64_t DeadlineOf(Kind kind, int64_t start_ns, int64_t wanted_ns, const Options& options);

// What the service gets: less than the caller has, by a twentieth and 200 ms at most, so that its
// answer, or the gateway's that there is none, still finds him waiting.
int64_t UpstreamDeadline(int64_t start_ns, int64_t deadline_ns);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_DEADLINE_H_
