// The database killed with -9 while callers write: the services come back by themselves, and
// nothing is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/time/clock.h"
#include "tests/fault/house.h"
#include "tests/support/mysql_server.h"

namespace qinglian::test {
namespace {

using testing::IsEmpty;

TEST(DatabaseKilled, UnderLoadTheServicesRecoverByThemselvesAndNothingAcknowledgedIsLost) {
  MysqlServer server;
  ASSERT_TRUE(server.Start());
  setenv("QINGLIAN_TEST_MYSQL_SOCKET", server.socket().c_str(), 1);
  House house;
  Load load(house.system(), house.works(), 4);
  const absl::Time until = absl::Now() + Length(absl::ZeroDuration());
  do {
    ASSERT_TRUE(load.AwaitProgress());
    server.Kill();
    absl::SleepFor(absl::Milliseconds(300));
    ASSERT_TRUE(server.Start());
  } while (absl::Now() < until);
  EXPECT_TRUE(load.AwaitProgress());
  load.Stop();
  EXPECT_THAT(load.complaints(), IsEmpty());
  EXPECT_THAT(load.Losses(), IsEmpty());
  EXPECT_THAT(house.Behind(), IsEmpty());
  EXPECT_THAT(house.BrokenJournals(), IsEmpty());
  for (const std::string& service : Services()) {
    EXPECT_TRUE(Eventually([&] { return house.system().Serves(service); })) << service;
  }
  EXPECT_GT(load.unavailable(), 0) << "nobody noticed that the database died";
}

}  // namespace
}  // namespace qinglian::test
