#include "common/mysql/core.h"
#include "gtest/gtest.h"

namespace qinglian::mysql {
namespace {

TEST(StatementKind, IsTheFirstWordInWhateverCase) {
  EXPECT_EQ(StatementKind("SELECT name FROM persons"), "SELECT");
  EXPECT_EQ(StatementKind("  insert INTO x VALUES (1)"), "INSERT");
  EXPECT_EQ(StatementKind("(SELECT 1) UNION (SELECT 2)"), "SELECT");
  EXPECT_EQ(StatementKind("COMMIT"), "COMMIT");
}

TEST(StatementKind, SaysNothingOfAStatementThatItDoesNotKnow) {
  EXPECT_EQ(StatementKind("CALL secret('name')"), "OTHER");
  EXPECT_EQ(StatementKind("SELECTED"), "OTHER");
  EXPECT_EQ(StatementKind("'name'"), "OTHER");
  EXPECT_EQ(StatementKind("123"), "OTHER");
  EXPECT_EQ(StatementKind(""), "OTHER");
}

}  // namespace
}  // namespace qinglian::mysql
