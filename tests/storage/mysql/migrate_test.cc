#include "common/mysql/migrate.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/test_migrations.h"
#include "tests/support/database.h"

namespace qinglian::mysql {
namespace {

using ::qinglian::test::TestDatabase;
using ::testing::HasSubstr;

constexpr std::string_view kSumA =
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr std::string_view kSumB =
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

const Migration kFirst = {1, "a", kSumA, "-- oldest-binary: 1\nCREATE TABLE a(id INT PRIMARY KEY)"};
const Migration kSecond = {2, "b", kSumB,
                           "-- oldest-binary: 1\nCREATE TABLE b(id INT); INSERT INTO a VALUES(1);"
                           "INSERT INTO a VALUES(7); CREATE TABLE c(id INT)"};
const Migration kBreaking = {3, "contract", kSumA, "-- oldest-binary: 2\nDROP TABLE b"};

class MigrateTest : public testing::Test {
 protected:
  absl::Status Run(std::vector<Migration> migrations, bool resume = false) {
    MigrateOptions options;
    options.applied_by = "the test";
    options.resume = resume;
    return Migrate(database_.options(), migrations, options);
  }
  absl::Status CheckFor(std::vector<Migration> migrations) {
    return CheckSchema(*database_.Open(), migrations);
  }
  std::string Record(int number, const std::string& column) {
    return database_.Value(
        absl::StrCat("SELECT ", column, " FROM schema_migrations WHERE number=", number));
  }

  TestDatabase database_;
};

TEST_F(MigrateTest, BringsAnEmptySchemaToTheHeadAndThenDoesNothing) {
  EXPECT_THAT(std::string(CheckFor({kFirst}).message()), HasSubstr("run migrate"));
  ASSERT_TRUE(Run({kFirst, kSecond}).ok());
  EXPECT_EQ(database_.Value("SELECT GROUP_CONCAT(id ORDER BY id) FROM a"), "1,7");
  EXPECT_EQ(Record(2, "statements_done"), "4");
  EXPECT_EQ(Record(2, "applied_by"), "the test");
  EXPECT_EQ(Record(2, "finished IS NOT NULL AND finished>=started"), "1");
  ASSERT_TRUE(Run({kFirst, kSecond}).ok());
  EXPECT_TRUE(CheckFor({kFirst, kSecond}).ok());
  EXPECT_THAT(std::string(CheckFor({kFirst, kSecond, kBreaking}).message()),
              HasSubstr("is at migration 2 and this binary needs 3"));
}

TEST_F(MigrateTest, GoesOnWhereAFormerVersionEnded) {
  ASSERT_TRUE(Run({kFirst}).ok());
  ASSERT_TRUE(Run({kFirst, kSecond}).ok());
  EXPECT_TRUE(CheckFor({kFirst, kSecond}).ok());
}

TEST_F(MigrateTest, AppliesTheFilesEmbeddedByTheBuild) {
  ASSERT_EQ(test::Migrations().size(), 2u);
  EXPECT_EQ(test::Migrations()[0].name, "shelves");
  ASSERT_TRUE(Run({test::Migrations().begin(), test::Migrations().end()}).ok());
  EXPECT_EQ(database_.Value("SELECT title FROM shelves WHERE id=1"), "a;b");
  EXPECT_EQ(database_.Value("SELECT title FROM shelves WHERE id=2"), "汉字 \\ R\"x(");
  TestDatabase other(test::Migrations());
  EXPECT_EQ(other.Value("SELECT COUNT(*) FROM books"), "0");
}

TEST_F(MigrateTest, RefusesAHalfAppliedMigrationWithInstructionsAndThenResumesIt) {
  ASSERT_TRUE(Run({kFirst}).ok());
  database_.Run("INSERT INTO a VALUES(7)");
  absl::Status status = Run({kFirst, kSecond});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("0002 (b) stopped at statement 3 of 4"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--resume"));
  EXPECT_EQ(Record(2, "statements_done"), "2");
  EXPECT_EQ(Record(2, "finished IS NULL"), "1");

  status = Run({kFirst, kSecond});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("was started and not finished"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("statements_done=3 WHERE number=2"));
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckFor({kFirst, kSecond})));
  EXPECT_THAT(std::string(CheckFor({kFirst}).message()), HasSubstr("newer binary"));

  database_.Run("DELETE FROM a WHERE id=7");
  status = Run({kFirst, kSecond}, /*resume=*/true);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(database_.Value("SELECT GROUP_CONCAT(id ORDER BY id) FROM a"), "1,7");
  EXPECT_TRUE(CheckFor({kFirst, kSecond}).ok());
}

TEST_F(MigrateTest, RefusesAFileThatChangedAfterItWasApplied) {
  ASSERT_TRUE(Run({kFirst}).ok());
  Migration changed = kFirst;
  changed.checksum = kSumB;
  EXPECT_THAT(std::string(Run({changed, kSecond}).message()), HasSubstr("other content"));
  EXPECT_THAT(std::string(CheckFor({changed}).message()), HasSubstr("other content"));
  EXPECT_EQ(Record(2, "number"), "");
}

TEST_F(MigrateTest, LetsAnOlderBinaryServeUntilAMigrationSaysOtherwise) {
  ASSERT_TRUE(Run({kFirst, kSecond}).ok());
  EXPECT_TRUE(CheckFor({kFirst}).ok());
  EXPECT_TRUE(Run({kFirst}).ok()) << "an older binary's migrate has nothing to do";
  ASSERT_TRUE(Run({kFirst, kSecond, kBreaking}).ok());
  EXPECT_TRUE(CheckFor({kFirst, kSecond}).ok());
  absl::Status status = CheckFor({kFirst});
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("too new for this binary"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Run({kFirst})));
}

TEST_F(MigrateTest, AppliesOnceWhenTwoMigrateAtOnce) {
  std::vector<Migration> migrations = {kFirst, kSecond, kBreaking};
  std::vector<absl::Status> statuses(4);
  std::vector<std::thread> threads;
  for (absl::Status& status : statuses) {
    threads.emplace_back([&] { status = Run(migrations); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM schema_migrations"), "3");
}

TEST_F(MigrateTest, WaitsForNobodyLongerThanItIsTold) {
  ASSERT_TRUE(Run({kFirst}).ok());
  database_.Run("UPDATE schema_lease SET expires=NOW(6)+INTERVAL 1 HOUR, holder='other'");
  MigrateOptions options;
  options.wait = absl::Milliseconds(300);
  absl::Status status = Migrate(database_.options(), {kFirst, kSecond}, options);
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_EQ(Record(2, "number"), "");
}

TEST_F(MigrateTest, StopsWhenAnotherTookItsLease) {
  Migration stealing = kSecond;
  // What a takeover after a long pause looks like from inside.
  stealing.text =
      "-- oldest-binary: 1\nUPDATE schema_lease SET holder='other', epoch=epoch+1;"
      "CREATE TABLE never(id INT)";
  absl::Status status = Run({kFirst, stealing});
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("lease"));
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM information_schema.tables WHERE "
                            "table_schema=DATABASE() AND table_name='never'"),
            "0");
}

TEST_F(MigrateTest, RefusesFilesOutOfOrderOrWithoutTheirFirstLine) {
  EXPECT_TRUE(absl::IsInvalidArgument(Run({kSecond})));
  Migration bare = kFirst;
  bare.text = "CREATE TABLE a(id INT)";
  EXPECT_TRUE(absl::IsInvalidArgument(Run({bare})));
  bare.text = "-- oldest-binary: 2\nCREATE TABLE a(id INT)";
  EXPECT_TRUE(absl::IsInvalidArgument(Run({bare})));
}

}  // namespace
}  // namespace qinglian::mysql
