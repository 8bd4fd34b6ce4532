// A lane: a bounded queue and the threads that serve it.
//
// One plain queue and a mutex, which ThreadSanitizer understands. Of the threads that have nothing
// to do the one that worked last is woken: its memory and its database session are still warm, and
// few callers keep few threads busy. A lane knows nothing of calls; what it carries is a Job.
#ifndef QINGLIAN_COMMON_RPC_LANE_H_
#define QINGLIAN_COMMON_RPC_LANE_H_

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"

namespace qinglian::rpc {

// A piece of work. Not owned by the lane: after Submit answered kAccepted exactly one of Run and
// Dropped is called, from a thread of the lane, and the lane does not touch the job after that call
// began. So a job may delete itself there.
class Job {
 public:
  // Why a job that was accepted is not run.
  enum class Drop {
    kAbandoned,      // nobody waits for it any more
    kWaitedTooLong,  // it stood in the queue for longer than the lane allows
  };

  // Whether nobody waits for the work any more. Asked once, before Run; must be quick.
  virtual bool Abandoned() = 0;

  // Does the work. `worker` counts from 0 to the lane's number of threads: what belongs to a thread
  // (a database session) is found by it. `waited` is the time spent in the queue.
  virtual void Run(size_t worker, absl::Duration waited) = 0;

  // The work is not done.
  virtual void Dropped(Drop why, absl::Duration waited) = 0;

 protected:
  ~Job() = default;

 private:
  friend class Lane;
  std::chrono::steady_clock::time_point queued_;
  absl::Duration patience_;
};

// Thread-safe.
class Lane {
 public:
  struct Options {
    // Shown as the names of the threads, with their number; at most 12 characters.
    std::string name = "lane";
    size_t threads = 16;
    // Jobs that may wait; those that run are not counted.
    size_t queue_size = 1024;
    // A lane whose oldest job waits longer than this takes no more, and what waited longer is not
    // run: the caller learns early that he should go elsewhere, instead of late that his time is
    // up.
    absl::Duration max_wait = absl::Seconds(1);
  };

  // What became of a Submit.
  enum class Admission {
    kAccepted,
    kFull,     // as many jobs wait as may wait
    kSlow,     // the oldest job waits longer than this one may
    kStopped,  // Stop was called
  };

  // Starts the threads.
  explicit Lane(Options options);
  // As Stop.
  ~Lane();

  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // Never blocks. The job's own functions are not called from here. A job of less `patience` than
  // max_wait is not taken where the oldest waits longer than that, and not run when it waited so
  // long itself: where there is too much to do, what can wait for another day goes first.
  Admission Submit(Job* job, absl::Duration patience = absl::InfiniteDuration());

  // Takes no more jobs, deals with those that wait as ever, and returns when every thread has
  // ended. May be called again; not from a job.
  void Stop();

  // Jobs that wait now.
  size_t depth() const;

  const Options& options() const { return options_; }

 private:
  // Where a thread sleeps that has nothing to do.
  struct Sleeper {
    std::condition_variable wake;
    bool woken = false;
  };

  void Serve(size_t worker);
  // Waits, with `lock` on mutex_ held, until there is a job or there will be none.
  void Sleep(Sleeper& sleeper, std::unique_lock<std::mutex>& lock);
  // With mutex_ held: whoever fell asleep last, to be notified; null where nobody sleeps.
  Sleeper* NextToWake();

  const Options options_;
  // One for each thread.
  std::vector<Sleeper> places_;
  mutable std::mutex mutex_;
  std::deque<Job*> queue_;
  // Threads that sleep, in the order in which they fell asleep.
  std::vector<Sleeper*> sleepers_;
  // Threads that have nothing to do: the sleepers, and those who were woken and have not come yet.
  size_t idle_ = 0;
  bool stopped_ = false;
  std::mutex join_mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_LANE_H_
