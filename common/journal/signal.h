// Wakes a thread that waits for something to happen elsewhere in the process.
#ifndef QINGLIAN_COMMON_JOURNAL_SIGNAL_H_
#define QINGLIAN_COMMON_JOURNAL_SIGNAL_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/time/time.h"

namespace qinglian::journal {

// Thread-safe. A signal given while nobody waits is kept for the next wait; several are one.
class Signal {
 public:
  // Nearly free while a signal given before has not been taken.
  void Notify() {
    if (set_.exchange(true)) return;
    std::lock_guard<std::mutex> lock(mutex_);
    condition_.notify_all();
  }

  // Takes the signal; false where none came within `timeout`. One thread may wait at a time.
  bool Wait(absl::Duration timeout) {
    std::unique_lock<std::mutex> lock(mutex_);
    condition_.wait_for(lock, absl::ToChronoMicroseconds(timeout), [this] { return set_.load(); });
    return set_.exchange(false);
  }

 private:
  std::atomic<bool> set_{false};
  std::mutex mutex_;
  std::condition_variable condition_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_SIGNAL_H_
