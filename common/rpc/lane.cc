#include "common/rpc/lane.h"

#include <pthread.h>

#include <utility>

namespace qinglian::rpc {

using std::chrono::steady_clock;

Lane::Lane(Options options) : options_(std::move(options)) {
  threads_.reserve(options_.threads);
  for (size_t worker = 0; worker < options_.threads; ++worker) {
    threads_.emplace_back([this, worker] { Serve(worker); });
  }
}

Lane::~Lane() { Stop(); }

Lane::Admission Lane::Submit(Job* job) {
  const steady_clock::time_point now = steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return Admission::kStopped;
    // Idle threads take theirs as soon as they wake.
    if (queue_.size() >= options_.queue_size + idle_) return Admission::kFull;
    if (!queue_.empty() && absl::FromChrono(now - queue_.front()->queued_) > options_.max_wait) {
      return Admission::kSlow;
    }
    job->queued_ = now;
    queue_.push_back(job);
  }
  wake_.notify_one();
  return Admission::kAccepted;
}

void Lane::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  std::lock_guard lock(join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

size_t Lane::depth() const {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

void Lane::Serve(size_t worker) {
  pthread_setname_np(pthread_self(),
                     (options_.name.substr(0, 12) + std::to_string(worker)).substr(0, 15).c_str());
  for (;;) {
    Job* job;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      wake_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
      --idle_;
      if (queue_.empty()) return;
      job = queue_.front();
      queue_.pop_front();
    }
    const absl::Duration waited = absl::FromChrono(steady_clock::now() - job->queued_);
    if (job->Abandoned()) {
      job->Dropped(Job::Drop::kAbandoned, waited);
    } else if (waited > options_.max_wait) {
      job->Dropped(Job::Drop::kWaitedTooLong, waited);
    } else {
      job->Run(worker, waited);
    }
  }
}

}  // namespace qinglian::rpc
