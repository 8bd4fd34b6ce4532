#include "common/mysql/grant.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/database.h"

namespace qinglian::mysql {
namespace {

using ::testing::HasSubstr;

// A schema with tables of each kind, whom it is migrated by, and whom it is served by.
class GrantTest : public testing::Test {
 protected:
  GrantTest()
      : schema_(database_.options().schema), migrating_(schema_ + "_m"), runtime_(schema_ + "_r") {
    database_.Run(
        "CREATE TABLE journal(id INT); CREATE TABLE journal_position(id INT);"
        "CREATE TABLE journal_pending(id INT); CREATE TABLE journal_lease(id INT);"
        "CREATE TABLE schema_migrations(id INT); CREATE TABLE things(id INT);"
        "CREATE TABLE derived(id INT)");
    for (const std::string& user : {migrating_, runtime_}) {
      database_.Run(absl::StrCat("CREATE USER '", user, "'@'localhost' IDENTIFIED BY 'x'"));
    }
  }
  ~GrantTest() override {
    for (const std::string& user : {migrating_, runtime_}) {
      database_.Run(absl::StrCat("DROP USER '", user, "'@'localhost'"));
    }
  }

  void LetGrant() {
    database_.Run(absl::StrCat("GRANT SELECT, INSERT, UPDATE, DELETE, LOCK TABLES ON ", schema_,
                               ".* TO '", migrating_, "'@'localhost' WITH GRANT OPTION"));
  }

  Options As(const std::string& user) const {
    Options options = database_.options();
    options.user = user;
    options.password = "x";
    return options;
  }

  absl::Status Grant() {
    constexpr std::string_view kDeletable[] = {"derived"};
    return GrantTables(As(migrating_), absl::StrCat(runtime_, "@localhost"), kDeletable);
  }

  // The rights that the runtime user has on a table.
  std::string RightsOn(const std::string& table) {
    return database_.Value(absl::StrCat(
        "SELECT GROUP_CONCAT(privilege_type ORDER BY privilege_type) FROM "
        "information_schema.table_privileges WHERE table_schema='",
        schema_, "' AND table_name='", table, "' AND grantee LIKE '%", runtime_, "%'"));
  }

  test::TestDatabase database_;
  const std::string schema_;
  const std::string migrating_;
  const std::string runtime_;
};

TEST_F(GrantTest, TheMigratingUserGivesTheRuntimeUserWhatEachTableAllows) {
  LetGrant();
  const absl::Status status = Grant();
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(RightsOn("journal"), "INSERT,SELECT");
  EXPECT_EQ(RightsOn("journal_position"), "INSERT,SELECT");
  EXPECT_EQ(RightsOn("journal_pending"), "DELETE,INSERT,SELECT,UPDATE");
  EXPECT_EQ(RightsOn("journal_lease"), "SELECT,UPDATE");
  EXPECT_EQ(RightsOn("schema_migrations"), "SELECT");
  EXPECT_EQ(RightsOn("things"), "INSERT,SELECT,UPDATE");
  EXPECT_EQ(RightsOn("derived"), "DELETE,INSERT,SELECT,UPDATE");
}

TEST_F(GrantTest, ATableThatIsNewIsGrantedTheNextTime) {
  LetGrant();
  ASSERT_TRUE(Grant().ok());
  database_.Run("CREATE TABLE more(id INT)");
  EXPECT_EQ(RightsOn("more"), "");
  ASSERT_TRUE(Grant().ok());
  EXPECT_EQ(RightsOn("more"), "INSERT,SELECT,UPDATE");
  EXPECT_TRUE((*Connection::Open(As(runtime_)))->Execute("INSERT INTO more VALUES(1)").ok());
}

TEST_F(GrantTest, WhoMayNotGrantIsToldWhatIsMissing) {
  database_.Run(absl::StrCat("GRANT ALL ON ", schema_, ".* TO '", migrating_, "'@'localhost'"));
  const absl::Status status = Grant();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("WITH GRANT OPTION"));
}

TEST_F(GrantTest, ANameThatWouldNeedQuotingIsRefused) {
  for (const char* bad : {"", "a'b", "a b", "a@", "a@'%'", "`a`"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(GrantTables(As(migrating_), bad, {}))) << bad;
  }
}

}  // namespace
}  // namespace qinglian::mysql
