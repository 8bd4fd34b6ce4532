// Processes killed with -9 while callers write: what was acknowledged stands, and everything goes
// on by itself.
#include <gmock/gmock.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "tests/fault/house.h"

namespace qinglian::test {
namespace {

using testing::IsEmpty;

// One house for all: each test leaves it whole.
class Killed : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // Only waiting on a channel gets it connected here; but not in the processes that are started.
    constexpr char kBackupPoll[] = "GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS";
    setenv(kBackupPoll, "0", 1);
    grpc_init();
    unsetenv(kBackupPoll);
    house_ = std::make_unique<House>();
  }
  static void TearDownTestSuite() { house_.reset(); }

  static inline std::unique_ptr<House> house_;
};

TEST_F(Killed, AProcessUnderLoadLosesNothingThatWasAcknowledgedAndDoesNothingTwice) {
  House& house = *house_;
  Load load(house.system(), house.works(), 4);
  std::vector<std::string> processes = Services();
  processes.push_back("gateway");
  std::minstd_rand random(1);
  const absl::Time until = absl::Now() + Length(absl::ZeroDuration());
  do {
    for (const std::string& process : processes) {
      ASSERT_TRUE(load.AwaitProgress()) << "before the death of " << process;
      absl::SleepFor(absl::Milliseconds(random() % 50));
      house.system().Stop(process, SIGKILL);
      house.system().Start(process);
    }
  } while (absl::Now() < until);
  EXPECT_TRUE(load.AwaitProgress());
  load.Stop();
  EXPECT_THAT(load.complaints(), IsEmpty());
  EXPECT_THAT(load.Losses(), IsEmpty());
  EXPECT_THAT(house.Behind(), IsEmpty());
  EXPECT_THAT(house.BrokenJournals(), IsEmpty());
  EXPECT_GT(load.unavailable(), 0) << "nobody noticed that anything died";
}

// gRPC 1.51 looks after a connection only while somebody waits on its channel, and otherwise every
// five seconds.
TEST_F(Killed, AGatewayThatIsBackIsFoundByWhoTriesAgain) {
  House& house = *house_;
  for (int i = 0; i < 5; ++i) {
    house.system().Stop("gateway", SIGKILL);
    EXPECT_TRUE(absl::IsUnavailable(house.Reach(absl::Seconds(20), 0)));
    house.system().Start("gateway");
    EXPECT_EQ(house.Reach(absl::Seconds(20), 1'000), absl::OkStatus());
  }
}

// Abolishes posts one after another: each has an effect in the risk service.
class Abolisher {
 public:
  explicit Abolisher(House& house) : house_(house), thread_([this] { Run(); }) {}
  ~Abolisher() { Stop(); }

  int Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return abolished_;
  }
  int abolished() const { return abolished_; }

 private:
  void Run() {
    while (!stop_) {
      const auto post =
          house_.Do("PostService.CreatePost",
                    absl::Substitute(R"({"post": {"organization": "$0", "display_name": "临时岗位",
                                      "rank": "RANK_STAFF", "head_count": 1}})",
                                     house_.organization()));
      const std::string etag = TextOf(*post, "etag");
      house_.Do("PostService.AbolishPost",
                absl::Substitute(R"({"name": "$0", "etag": "$1", "reason": "撤并"})",
                                 TextOf(*post, "name"), absl::CEscape(etag)));
      ++abolished_;
    }
  }

  House& house_;
  std::atomic<bool> stop_{false};
  std::atomic<int> abolished_{0};
  std::thread thread_;
};

TEST_F(Killed, AFollowerAtAnyPointAppliesEachChangeOnceAndHasEachEffectOnce) {
  House& house = *house_;
  Abolisher abolisher(house);
  std::minstd_rand random(2);
  const absl::Time until = absl::Now() + Length(absl::ZeroDuration());
  for (int i = 0; i < 4 || absl::Now() < until; ++i) {
    house.system().Stop("risk", SIGKILL);
    house.system().Begin("risk");
    // It has come as far as to follow; where it is killed then is chance.
    const auto turn = [&] {
      return house.system().database("risk").Value("SELECT SUM(epoch) FROM projections");
    };
    const std::string before = turn();
    ASSERT_TRUE(Eventually([&] { return turn() != before; }));
    absl::SleepFor(absl::Milliseconds(random() % 200));
  }
  const std::string abolished = absl::StrCat(abolisher.Stop());
  EXPECT_THAT(house.Behind(), IsEmpty());
  const auto count = [&](const std::string& what) {
    return house.system().database("risk").Value(
        absl::StrCat("SELECT COUNT(", what,
                     ") FROM journal WHERE method = 'effect/organization/post-abolished'"));
  };
  EXPECT_TRUE(Eventually([&] { return count("*") == abolished; }))
      << count("*") << " effects of " << abolished;
  EXPECT_EQ(count("DISTINCT cause_position"), abolished);
  EXPECT_EQ(house.system().database("risk").Value("SELECT COUNT(*) FROM projection_quarantine"),
            "0");
  EXPECT_THAT(house.BrokenJournals(), IsEmpty());
}

}  // namespace
}  // namespace qinglian::test
