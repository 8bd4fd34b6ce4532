#include "common/number/number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "common/mysql/transact.h"
#include "common/status/macros.h"
#include "tests/support/database.h"

namespace qinglian::number {
namespace {

using ::testing::ElementsAreArray;

class NumberTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(QINGLIAN_SOURCE_DIR "/common/number/schema.sql");
    database_.Run(std::string(std::istreambuf_iterator<char>(file), {}));
    database_.Run("CREATE TABLE documents(number BIGINT NOT NULL)");
  }
  // Takes a number for a document in a transaction of its own; an error of `then` rolls it back.
  absl::StatusOr<int64_t> Take(mysql::Session& session, const id::Uuid& organization, int year,
                               absl::Status then = absl::OkStatus()) {
    int64_t number = 0;
    RETURN_IF_ERROR(
        mysql::Transact(session, {.retries = 50}, [&](mysql::Connection& c) -> absl::Status {
          ASSIGN_OR_RETURN(number, Next(c, organization, "filing", year));
          RETURN_IF_ERROR(c.Execute("INSERT INTO documents VALUES(?)", {number}).status());
          return then;
        }));
    return number;
  }

  test::TestDatabase database_;
  const id::Uuid organization_ = id::Uuid::NewV4();
};

TEST_F(NumberTest, EachOrganizationKindAndYearCountsFromOne) {
  mysql::Session session(database_.options());
  EXPECT_EQ(*Take(session, organization_, 2025), 1);
  EXPECT_EQ(*Take(session, organization_, 2025), 2);
  EXPECT_EQ(*Take(session, organization_, 2026), 1);
  EXPECT_EQ(*Take(session, id::Uuid::NewV4(), 2025), 1);
  auto connection = database_.Open();
  EXPECT_EQ(*Next(*connection, organization_, "close-out", 2025), 1);
  EXPECT_EQ(*Next(*connection, organization_, "Filing", 2025), 1);
}

TEST_F(NumberTest, ARollbackGivesTheNumberBack) {
  mysql::Session session(database_.options());
  EXPECT_EQ(*Take(session, organization_, 2026), 1);
  EXPECT_FALSE(Take(session, organization_, 2026, absl::AbortedError("refused")).ok());
  EXPECT_EQ(*Take(session, organization_, 2026), 2);
}

TEST_F(NumberTest, NoNumberIsMissedOrGivenTwiceHoweverManyTakeThem) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::mutex mutex;
  std::vector<int64_t> taken;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      mysql::Session session(database_.options());
      for (int i = 0; i < kEach; ++i) {
        // Every fifth is refused after it took its number.
        const bool refused = (i + t) % 5 == 0;
        const auto number = Take(session, organization_, 2026,
                                 refused ? absl::AbortedError("refused") : absl::OkStatus());
        EXPECT_EQ(number.ok(), !refused) << number.status();
        if (!number.ok()) continue;
        const std::lock_guard<std::mutex> lock(mutex);
        taken.push_back(*number);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(taken.begin(), taken.end());
  std::vector<int64_t> expected(kThreads * kEach * 4 / 5);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_THAT(taken, ElementsAreArray(expected));
}

TEST(NumberFormat, IsThatOfOfficialDocuments) {
  EXPECT_EQ(Format("清模", 2026, 6), "清模〔2026〕6号");
  EXPECT_EQ(Format("", 2026, 1234), "〔2026〕1234号");
}

}  // namespace
}  // namespace qinglian::number
