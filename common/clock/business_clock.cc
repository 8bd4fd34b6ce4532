#include "common/clock/business_clock.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "absl/strings/ascii.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::clock {

absl::StatusOr<std::unique_ptr<BusinessClock>> BusinessClock::Demonstration(const Clock& system,
                                                                            std::string path) {
  auto clock = std::unique_ptr<BusinessClock>(new BusinessClock(system, std::move(path)));
  const std::lock_guard<std::mutex> lock(clock->mutex_);
  RETURN_IF_ERROR(clock->Refresh());
  return clock;
}

absl::Time BusinessClock::Now() const {
  const absl::Time real = system_.Now();
  if (path_.empty()) return real;
  const std::lock_guard<std::mutex> lock(mutex_);
  // A file that is being rewritten is read again at the next call.
  Refresh().IgnoreError();
  latest_ = std::max(latest_, std::min(set_, real));
  return latest_;
}

absl::Status BusinessClock::Refresh() const {
  struct stat info;
  if (stat(path_.c_str(), &info) != 0) {
    stamp_ = Stamp();
    set_ = absl::InfiniteFuture();
    return absl::OkStatus();
  }
  const Stamp stamp{info.st_mtim.tv_sec, info.st_mtim.tv_nsec, info.st_size, info.st_ino};
  if (stamp == stamp_) return absl::OkStatus();
  std::ifstream file(path_);
  const std::string content((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
  const absl::string_view text = absl::StripAsciiWhitespace(content);
  const bool beginning = latest_ == absl::InfinitePast();
  if (text.empty() && !beginning &&
      SystemClock::Instance().Now() < absl::TimeFromTimespec(info.st_mtim) + absl::Seconds(1)) {
    return absl::OkStatus();
  }
  absl::Time time = absl::InfiniteFuture();
  std::string error;
  if (!file.is_open() ||
      (!text.empty() && (!absl::ParseTime(absl::RFC3339_full, text, &time, &error) ||
                         time == absl::InfinitePast()))) {
    return status::Error(status::kTimeInvalid, {{"field", "the demonstration clock's file"}});
  }
  stamp_ = stamp;
  set_ = TruncateToMicros(time);
  return absl::OkStatus();
}

}  // namespace qinglian::clock
