#include "common/clock/clock.h"

#include "absl/time/clock.h"

namespace qinglian::clock {

absl::Time SystemClock::Now() const { return TruncateToMicros(absl::Now()); }

const SystemClock& SystemClock::Instance() {
  static const SystemClock* const instance = new SystemClock();
  return *instance;
}

absl::Time TruncateToMicros(absl::Time time) {
  return absl::UnixEpoch() + absl::Floor(time - absl::UnixEpoch(), absl::Microseconds(1));
}

}  // namespace qinglian::clock
