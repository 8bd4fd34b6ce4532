// Two clocks: system time for leases, deadlines, tokens and journal times; business time
// (business_clock.h) for rules and legal dates. Both are given to whoever needs them as a Clock, so
// that tests can inject one.
#ifndef QINGLIAN_COMMON_CLOCK_CLOCK_H_
#define QINGLIAN_COMMON_CLOCK_CLOCK_H_

#include "absl/time/time.h"

namespace qinglian::clock {

class Clock {
 public:
  virtual ~Clock() = default;
  // The present time, truncated to microseconds, which is what the database keeps. Thread-safe.
  virtual absl::Time Now() const = 0;
};

// The clock of the machine. Not steady: measure durations with std::chrono::steady_clock instead.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  // One for the life of the program.
  static const SystemClock& Instance();
};

// `time` without what is below a microsecond, towards the past.
absl::Time TruncateToMicros(absl::Time time);

}  // namespace qinglian::clock

#endif  // QINGLIAN_COMMON_CLOCK_CLOCK_H_
