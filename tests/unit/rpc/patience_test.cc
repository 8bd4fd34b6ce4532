#include "common/rpc/patience.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "common/rpc/lane.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::rpc {
namespace {

using access::v1::LoadClass;
using testing::ElementsAre;

// Holds its thread until it is let go.
struct Holder : Job {
  bool Abandoned() override { return false; }
  void Run(size_t, absl::Duration) override {
    std::unique_lock lock(mutex);
    running = true;
    changed.notify_all();
    changed.wait(lock, [this] { return released; });
  }
  void Dropped(Drop, absl::Duration) override {}
  void AwaitRunning() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return running; });
  }
  void Release() {
    const std::lock_guard lock(mutex);
    released = true;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  bool running = false;
  bool released = false;
};

// By the one thread of a lane, so nothing of it is touched by two.
struct Waiting : Job {
  explicit Waiting(LoadClass load_class) : load_class(load_class) {}
  bool Abandoned() override { return false; }
  void Run(size_t, absl::Duration) override { ran = true; }
  void Dropped(Drop, absl::Duration after) override { dropped_after = after; }

  const LoadClass load_class;
  bool ran = false;
  absl::Duration dropped_after = absl::ZeroDuration();
};

constexpr LoadClass kClasses[] = {access::v1::LOAD_CLASS_INTAKE, access::v1::LOAD_CLASS_TRANSITION,
                                  access::v1::LOAD_CLASS_READ, access::v1::LOAD_CLASS_LIST};
constexpr absl::Duration kMaxWait = absl::Seconds(2);

TEST(Patience, ShedsListsThenReadsThenTransitionsAndIntakeLast) {
  Lane lane({"test", 1, 100'000, kMaxWait});
  Holder holder;
  ASSERT_EQ(lane.Submit(&holder), Lane::Admission::kAccepted);
  holder.AwaitRunning();
  // The oldest, whose wait is what all others go by.
  std::deque<Waiting> waiting;
  waiting.emplace_back(access::v1::LOAD_CLASS_INTAKE);
  ASSERT_EQ(lane.Submit(&waiting.back()), Lane::Admission::kAccepted);
  std::vector<LoadClass> shed;
  std::map<LoadClass, int> round_of;
  for (int round = 0; round_of.size() < std::size(kClasses); ++round) {
    ASSERT_LT(round, 10'000);
    for (const LoadClass load_class : kClasses) {
      waiting.emplace_back(load_class);
      const double share = PatienceOf(load_class);
      if (lane.Submit(&waiting.back(), share * kMaxWait) == Lane::Admission::kAccepted) {
        EXPECT_EQ(round_of.count(load_class), 0u) << LoadClass_Name(load_class);
        continue;
      }
      waiting.pop_back();
      if (round_of.emplace(load_class, round).second) shed.push_back(load_class);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  holder.Release();
  lane.Stop();
  EXPECT_THAT(shed, ElementsAre(access::v1::LOAD_CLASS_LIST, access::v1::LOAD_CLASS_READ,
                                access::v1::LOAD_CLASS_TRANSITION, access::v1::LOAD_CLASS_INTAKE));
  // What was let in and then waited longer than its class may was not run either.
  for (const Waiting& job : waiting) {
    EXPECT_NE(job.ran, job.dropped_after > PatienceOf(job.load_class) * kMaxWait);
    if (job.load_class == access::v1::LOAD_CLASS_LIST) {
      EXPECT_FALSE(job.ran);
    }
  }
}

}  // namespace
}  // namespace qinglian::rpc
