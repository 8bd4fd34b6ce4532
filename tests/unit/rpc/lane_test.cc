#include "common/rpc/lane.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::rpc {
namespace {

// A gate that threads wait at until it is opened.
class Gate {
 public:
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

struct TestJob : Job {
  std::function<void(size_t)> work = [](size_t) {};
  std::atomic<bool> abandoned = false;
  std::atomic<int> runs = 0;
  std::atomic<int> drops = 0;
  std::atomic<Drop> why = Drop::kAbandoned;

  virtual ~TestJob() = default;
  bool Abandoned() override { return abandoned; }
  void Run(size_t worker, absl::Duration waited) override {
    work(worker);
    ++runs;
  }
  void Dropped(Drop drop, absl::Duration waited) override {
    why = drop;
    ++drops;
  }
};

TEST(Lane, EveryJobThatWasAcceptedIsRunOnce) {
  constexpr int kThreads = 4;
  constexpr int kJobs = 2000;
  std::vector<TestJob> jobs(kThreads * kJobs);
  {
    Lane lane({"test", 3, jobs.size(), absl::InfiniteDuration()});
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&jobs, &lane, t] {
        for (int i = 0; i < kJobs; ++i) {
          EXPECT_EQ(lane.Submit(&jobs[t * kJobs + i]), Lane::Admission::kAccepted);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  for (const TestJob& job : jobs) EXPECT_EQ(job.runs, 1);
}

TEST(Lane, AFullQueueRefusesAndRunningJobsDoNotCount) {
  Gate gate;
  Gate running;
  TestJob blocker;
  blocker.work = [&](size_t) {
    running.Open();
    gate.Wait();
  };
  TestJob waiting[2];
  TestJob refused;
  Lane lane({"test", 1, 2, absl::InfiniteDuration()});
  ASSERT_EQ(lane.Submit(&blocker), Lane::Admission::kAccepted);
  running.Wait();
  EXPECT_EQ(lane.Submit(&waiting[0]), Lane::Admission::kAccepted);
  EXPECT_EQ(lane.Submit(&waiting[1]), Lane::Admission::kAccepted);
  EXPECT_EQ(lane.depth(), 2u);
  EXPECT_EQ(lane.Submit(&refused), Lane::Admission::kFull);
  gate.Open();
  lane.Stop();
  EXPECT_EQ(waiting[1].runs, 1);
  EXPECT_EQ(refused.runs + refused.drops, 0);
}

TEST(Lane, IdleThreadsTakeWorkThatNoQueueCouldHold) {
  std::vector<TestJob> jobs(3);
  Lane lane({"test", jobs.size(), 0, absl::InfiniteDuration()});
  // Threads are idle once they have come to the queue.
  for (TestJob& job : jobs) {
    while (lane.Submit(&job) != Lane::Admission::kAccepted) std::this_thread::yield();
  }
  lane.Stop();
  for (const TestJob& job : jobs) EXPECT_EQ(job.runs, 1);
}

TEST(Lane, WhatHasLessPatienceIsShedFirst) {
  Gate gate;
  Gate running;
  TestJob blocker;
  blocker.work = [&](size_t) {
    running.Open();
    gate.Wait();
  };
  TestJob change, list, later_change, later_list;
  Lane lane({"test", 1, 10, absl::Seconds(60)});
  ASSERT_EQ(lane.Submit(&blocker), Lane::Admission::kAccepted);
  running.Wait();
  ASSERT_EQ(lane.Submit(&change), Lane::Admission::kAccepted);
  ASSERT_EQ(lane.Submit(&list, absl::Milliseconds(50)), Lane::Admission::kAccepted);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(lane.Submit(&later_list, absl::Milliseconds(50)), Lane::Admission::kSlow);
  EXPECT_EQ(lane.Submit(&later_change), Lane::Admission::kAccepted);
  gate.Open();
  lane.Stop();
  EXPECT_EQ(change.runs, 1);
  EXPECT_EQ(later_change.runs, 1);
  EXPECT_EQ(list.runs, 0);
  EXPECT_EQ(list.why, Job::Drop::kWaitedTooLong);
}

TEST(Lane, WhatWaitedTooLongIsDroppedAndNothingIsTakenBehindIt) {
  Gate gate;
  Gate running;
  TestJob blocker;
  blocker.work = [&](size_t) {
    running.Open();
    gate.Wait();
  };
  TestJob late;
  TestJob refused;
  Lane lane({"test", 1, 10, absl::Seconds(1)});
  ASSERT_EQ(lane.Submit(&blocker), Lane::Admission::kAccepted);
  running.Wait();
  ASSERT_EQ(lane.Submit(&late), Lane::Admission::kAccepted);
  std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  EXPECT_EQ(lane.Submit(&refused), Lane::Admission::kSlow);
  gate.Open();
  lane.Stop();
  EXPECT_EQ(late.runs, 0);
  EXPECT_EQ(late.drops, 1);
  EXPECT_EQ(late.why, Job::Drop::kWaitedTooLong);
}

TEST(Lane, AJobThatNobodyWaitsForIsNotRun) {
  TestJob job;
  job.abandoned = true;
  Lane lane({"test", 1, 10, absl::InfiniteDuration()});
  ASSERT_EQ(lane.Submit(&job), Lane::Admission::kAccepted);
  lane.Stop();
  EXPECT_EQ(job.runs, 0);
  EXPECT_EQ(job.drops, 1);
  EXPECT_EQ(job.why, Job::Drop::kAbandoned);
}

TEST(Lane, StopRunsWhatWaitsAndRefusesWhatComes) {
  std::vector<TestJob> jobs(100);
  TestJob late;
  Lane lane({"test", 2, jobs.size(), absl::InfiniteDuration()});
  for (TestJob& job : jobs) ASSERT_EQ(lane.Submit(&job), Lane::Admission::kAccepted);
  lane.Stop();
  lane.Stop();
  for (const TestJob& job : jobs) EXPECT_EQ(job.runs, 1);
  EXPECT_EQ(lane.Submit(&late), Lane::Admission::kStopped);
}

TEST(Lane, WorkersAreNumberedFromZero) {
  constexpr size_t kThreads = 4;
  std::mutex mutex;
  std::condition_variable changed;
  std::set<size_t> seen;
  std::vector<TestJob> jobs(kThreads);
  for (TestJob& job : jobs) {
    // Each waits for the others, so that no worker can run two.
    job.work = [&](size_t worker) {
      std::unique_lock lock(mutex);
      seen.insert(worker);
      changed.notify_all();
      changed.wait(lock, [&] { return seen.size() == kThreads; });
    };
  }
  Lane lane({"test", kThreads, kThreads, absl::InfiniteDuration()});
  for (TestJob& job : jobs) ASSERT_EQ(lane.Submit(&job), Lane::Admission::kAccepted);
  lane.Stop();
  EXPECT_THAT(seen, testing::ElementsAre(0, 1, 2, 3));
}

TEST(Lane, WorkThatComesSinglyStaysWithFewThreads) {
  constexpr size_t kThreads = 16;
  Lane lane({"test", kThreads, kThreads, absl::InfiniteDuration()});
  std::mutex mutex;
  std::set<size_t> seen;
  std::vector<TestJob> jobs(10 * kThreads);
  for (TestJob& job : jobs) {
    job.work = [&](size_t worker) {
      std::lock_guard lock(mutex);
      seen.insert(worker);
    };
    ASSERT_EQ(lane.Submit(&job), Lane::Admission::kAccepted);
    while (job.runs == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
    // Time to fall asleep: who is still awake would not be woken.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // Taking turns would be all of them.
  EXPECT_LT(seen.size(), kThreads / 2);
}

struct SelfDeletingJob final : TestJob {
  explicit SelfDeletingJob(std::atomic<int>* ended) : ended(ended) {}
  void Run(size_t worker, absl::Duration waited) override {
    ++*ended;
    delete this;
  }
  std::atomic<int>* ended;
};

TEST(Lane, AJobMayDeleteItself) {
  std::atomic<int> ended = 0;
  Lane lane({"test", 2, 1000, absl::InfiniteDuration()});
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(lane.Submit(new SelfDeletingJob(&ended)), Lane::Admission::kAccepted);
  }
  lane.Stop();
  EXPECT_EQ(ended, 1000);
}

}  // namespace
}  // namespace qinglian::rpc
