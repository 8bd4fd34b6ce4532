// A clock for tests: it stands still until it is told otherwise.
#ifndef QINGLIAN_COMMON_CLOCK_FAKE_CLOCK_H_
#define QINGLIAN_COMMON_CLOCK_FAKE_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "common/clock/clock.h"

namespace qinglian::clock {

// Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now) : micros_(absl::ToUnixMicros(now)) {}

  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time now) { micros_ = absl::ToUnixMicros(now); }
  // Also takes a negative duration. Truncated to microseconds.
  void Advance(absl::Duration by) { micros_ += absl::ToInt64Microseconds(by); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace qinglian::clock

#endif  // QINGLIAN_COMMON_CLOCK_FAKE_CLOCK_H_
