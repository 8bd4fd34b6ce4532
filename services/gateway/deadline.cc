#include "services/gateway/deadline.h"

#include <grpc/support/time.h>

#include <algorithm>

namespace qinglian::gateway {
namespace {

// The header that carries a deadline rounds up to 100 ms from 10 s on.
constexpr int64_t kMaxMarginNs = 200'000'000;

}  // namespace

int64_t NowNanos() {
  const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

int64_t DeadlineOf(Kind kind, int64_t start_ns, int64_t wanted_ns, const Options& options) {
  if (kind == Kind::kServerStreaming || kind == Kind::kStreaming || kind == Kind::kHealthWatch) {
    return wanted_ns;
  }
  const absl::Duration limit =
      wanted_ns == kNever ? options.default_deadline : options.max_deadline;
  return std::min(wanted_ns, start_ns + absl::ToInt64Nanoseconds(limit));
}

int64_t UpstreamDeadline(int64_t start_ns, int64_t deadline_ns) {
  if (deadline_ns == kNever) return kNever;
  return deadline_ns - std::clamp<int64_t>((deadline_ns - start_ns) / 20, 0, kMaxMarginNs);
}

}  // namespace qinglian::gateway
