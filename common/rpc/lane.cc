#include "common/rpc/lane.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

namespace qinglian::rpc {

using std::chrono::steady_clock;

Lane::Lane(Options options) : options_(std::move(options)), places_(options_.threads) {
  threads_.reserve(options_.threads);
  for (size_t worker = 0; worker < options_.threads; ++worker) {
    threads_.emplace_back([this, worker] { Serve(worker); });
  }
}

Lane::~Lane() { Stop(); }

Lane::Admission Lane::Submit(Job* job, absl::Duration patience) {
  patience = std::min(patience, options_.max_wait);
  const steady_clock::time_point now = steady_clock::now();
  Sleeper* sleeper;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return Admission::kStopped;
    // Idle threads take theirs as soon as they wake.
    if (queue_.size() >= options_.queue_size + idle_) return Admission::kFull;
    if (!queue_.empty() && absl::FromChrono(now - queue_.front()->queued_) > patience) {
      return Admission::kSlow;
    }
    job->queued_ = now;
    job->patience_ = patience;
    queue_.push_back(job);
    sleeper = NextToWake();
  }
  if (sleeper != nullptr) sleeper->wake.notify_one();
  return Admission::kAccepted;
}

void Lane::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    while (Sleeper* sleeper = NextToWake()) sleeper->wake.notify_one();
  }
  std::lock_guard lock(join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t Lane::depth() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

Lane::Sleeper* Lane::NextToWake() {
  if (sleepers_.empty()) return nullptr;
  Sleeper* sleeper = sleepers_.back();
  sleepers_.pop_back();
  sleeper->woken = true;
  return sleeper;
}

void Lane::Sleep(Sleeper& sleeper, std::unique_lock<std::mutex>& lock) {
  ++idle_;
  // Who was woken may find that another, who came from a job, was quicker.
  while (queue_.empty() && !stopped_) {
    sleeper.woken = false;
    sleepers_.push_back(&sleeper);
    sleeper.wake.wait(lock, [&] { return sleeper.woken; });
  }
  --idle_;
}

void Lane::Serve(size_t worker) {
  pthread_setname_np(pthread_self(),
                     (options_.name.substr(0, 12) + std::to_string(worker)).substr(0, 15).c_str());
  for (;;) {
    Job* job;
    {
      std::unique_lock lock(mutex_);
      if (queue_.empty()) Sleep(places_[worker], lock);
      if (queue_.empty()) return;
      job = queue_.front();
      queue_.pop_front();
    }
    const absl::Duration waited = absl::FromChrono(steady_clock::now() - job->queued_);
    if (job->Abandoned()) {
      job->Dropped(Job::Drop::kAbandoned, waited);
    } else if (waited > job->patience_) {
      job->Dropped(Job::Drop::kWaitedTooLong, waited);
    } else {
      job->Run(worker, waited);
    }
  }
}

}  // namespace qinglian::rpc
