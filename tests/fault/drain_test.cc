// SIGTERM under load: whoever tries again what was UNAVAILABLE notices nothing else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "absl/time/clock.h"
#include "tests/fault/house.h"

namespace qinglian::test {
namespace {

using testing::IsEmpty;

TEST(Sigterm, UnderLoadFailsNoCallThatATryAfterUnavailableDoesNotMend) {
  House house;
  Load load(house.system(), house.works(), 8);
  ASSERT_TRUE(load.AwaitProgress());
  std::vector<std::string> processes = Services();
  processes.push_back("gateway");
  const absl::Time until = absl::Now() + Length(absl::ZeroDuration());
  do {
    for (const std::string& process : processes) {
      house.system().Stop(process, SIGTERM);
      house.system().Start(process);
      EXPECT_TRUE(load.AwaitProgress()) << "after the stop of " << process;
    }
  } while (absl::Now() < until);
  load.Stop();
  EXPECT_THAT(load.complaints(), IsEmpty());
  EXPECT_THAT(load.Losses(), IsEmpty());
  EXPECT_THAT(house.Behind(), IsEmpty());
  EXPECT_THAT(house.BrokenJournals(), IsEmpty());
  EXPECT_GT(load.unavailable(), 0) << "nobody noticed that anything stopped";
}

}  // namespace
}  // namespace qinglian::test
