// Business time: what rules and legal dates go by.
#ifndef QINGLIAN_COMMON_CLOCK_BUSINESS_CLOCK_H_
#define QINGLIAN_COMMON_CLOCK_BUSINESS_CLOCK_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock/clock.h"

namespace qinglian::clock {

// Real time, except in a demonstration installation (loopback only, marked as such when it is
// created): there the time stands where a file says, until the file says another.
//
// The file holds one RFC 3339 time, blanks around it ignored, and is read again whenever it has
// changed. The time never goes backwards in the life of the process, and never past real time: what
// the file says beyond either is held at the bound. An absent or empty file means real time.
// Thread-safe.
class BusinessClock final : public Clock {
 public:
  // Business time is real time. `system` must outlive the clock.
  explicit BusinessClock(const Clock& system) : system_(system) {}

  // For a demonstration installation. INVALID_ARGUMENT, reason TIME_INVALID, where the file holds
  // something that is not a time. A file that becomes unreadable or wrong later leaves the time
  // standing where it was.
  static absl::StatusOr<std::unique_ptr<BusinessClock>> Demonstration(const Clock& system,
                                                                      std::string path);

  absl::Time Now() const override;

 private:
  // What tells one writing of the file from another.
  struct Stamp {
    int64_t seconds = -1;
    int64_t nanos = 0;
    int64_t size = -1;
    uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  BusinessClock(const Clock& system, std::string path) : system_(system), path_(std::move(path)) {}
  // Looks at the file; reads it where it has changed. The caller holds mutex_.
  absl::Status Refresh() const;

  const Clock& system_;
  const std::string path_;
  // Guards what follows.
  mutable std::mutex mutex_;
  mutable Stamp stamp_;
  // InfiniteFuture: real time.
  mutable absl::Time set_ = absl::InfiniteFuture();
  mutable absl::Time latest_ = absl::InfinitePast();
};

}  // namespace qinglian::clock

#endif  // QINGLIAN_COMMON_CLOCK_BUSINESS_CLOCK_H_
