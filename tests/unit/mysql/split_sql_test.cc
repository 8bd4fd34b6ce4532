#include "common/mysql/migrate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Split(std::string_view script) {
  absl::StatusOr<std::vector<std::string>> result = SplitSql(script);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *result : std::vector<std::string>{"(error)"};
}

TEST(SplitSql, EndsStatementsAtSemicolonsAndDropsEmptyOnes) {
  EXPECT_THAT(Split("A; B ;\n;C"), ElementsAre("A", "B", "C"));
  EXPECT_THAT(Split(" \n ; "), IsEmpty());
}

TEST(SplitSql, LeavesQuotesWhole) {
  EXPECT_THAT(Split("SELECT 'a;b', \"c;d\", `e;f`; X"),
              ElementsAre("SELECT 'a;b', \"c;d\", `e;f`", "X"));
  EXPECT_THAT(Split("SELECT 'it''s;', 'a\\';b', '--x'; Y"),
              ElementsAre("SELECT 'it''s;', 'a\\';b', '--x'", "Y"));
  EXPECT_THAT(Split("SELECT '汉；字;'; Y"), ElementsAre("SELECT '汉；字;'", "Y"));
}

TEST(SplitSql, DropsCommentsOutsideQuotes) {
  EXPECT_THAT(Split("-- a;b\nA # c;d\n; /* e;f */ B/**/C; --"), ElementsAre("A", "B C"));
  EXPECT_THAT(Split("SELECT 1--1; /*!50000 X;*/ Z"), ElementsAre("SELECT 1--1", "/*!50000 X;*/ Z"));
}

TEST(SplitSql, TwoMinusSignsBeforeACommentDoNotBeginOne) {
  EXPECT_THAT(Split("SELECT 5 --/* x */ 3"), ElementsAre("SELECT 5 --/**/ 3"));
  EXPECT_THAT(Split("SELECT 5 --# x\n3"), ElementsAre("SELECT 5 --/**/\n3"));
  EXPECT_THAT(Split("SELECT 5 ---- x\n3"), ElementsAre("SELECT 5 --/**/\n3"));
  EXPECT_THAT(Split("SELECT 5 --;B"), ElementsAre("SELECT 5 --/**/", "B"));
  EXPECT_THAT(Split("SELECT 5 --\001 x\n"), ElementsAre("SELECT 5"));
}

TEST(SplitSql, RefusesWhatItCannotUnderstand) {
  for (const char* script : {"DELIMITER //\nX//", "A; delimiter $$", "SELECT 'a", "SELECT `a;",
                             "/* open", "SELECT 'a\\'"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SplitSql(script).status())) << script;
  }
  EXPECT_THAT(Split("UPDATE t SET delimiter=1"), ElementsAre("UPDATE t SET delimiter=1"));
}

TEST(OldestBinary, IsReadFromTheFirstLineOnly) {
  EXPECT_EQ(*OldestBinary("-- oldest-binary: 12\nX"), 12);
  EXPECT_FALSE(OldestBinary("X\n-- oldest-binary: 12").ok());
  EXPECT_FALSE(OldestBinary("-- oldest-binary: 0\n").ok());
  EXPECT_FALSE(OldestBinary("").ok());
}

}  // namespace
}  // namespace qinglian::mysql
