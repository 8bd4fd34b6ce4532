// Upgrade and rollback at noon: the programs of two versions side by side on the schema of the
// newer one, and one after the other replaced under load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "tests/fault/traffic.h"
#include "tests/support/localhost.h"

namespace qinglian::test {
namespace {

using testing::IsEmpty;

// How often everything is replaced: the lane `upgrade` sets its own.
int Rolls() {
  const char* text = std::getenv("QINGLIAN_TEST_ROLLS");
  int rolls = 0;
  return text != nullptr && absl::SimpleAtoi(text, &rolls) ? rolls : 3;
}

// Where the other version was built. Without one, the programs are replaced by themselves.
std::string OtherBuild() {
  const char* folder = std::getenv("QINGLIAN_TEST_OTHER_BUILD");
  return folder != nullptr ? folder : QINGLIAN_BINARY_DIR;
}

// What a version of tomorrow would have added beforehand, as the rule for migrations has it: a
// column more in every table of resources, which programs that do not know it leave alone.
void Expand(const TestDatabase& database) {
  const std::string tables = database.Value(absl::Substitute(
      "SELECT GROUP_CONCAT(table_name) FROM information_schema.columns WHERE table_schema = '$0' "
      "AND column_name = 'version' AND table_name IN (SELECT table_name FROM "
      "information_schema.columns WHERE table_schema = '$0' AND column_name = 'update_time')",
      database.options().schema));
  ASSERT_FALSE(tables.empty());
  for (const std::string& table : std::vector<std::string>(absl::StrSplit(tables, ','))) {
    database.Run(absl::Substitute("ALTER TABLE $0 ADD COLUMN of_tomorrow VARCHAR(40) NULL", table));
  }
  database.Run(
      "INSERT INTO schema_migrations SELECT number + 1, 'of_tomorrow', checksum, number, 1, "
      "started, finished, applied_by FROM schema_migrations ORDER BY number DESC LIMIT 1");
}

TEST(UpgradeAndRollback, UnderLoadFailNoCallAndLoseNothing) {
  const std::string other = OtherBuild();
  ASSERT_TRUE(std::filesystem::exists(other + "/services/gateway/gateway"))
      << "there is no build in " << other << ": tests/run upgrade makes one";
  ASSERT_TRUE(LetLocalhostBeBoth())
      << "localhost is not ::1 in /etc/hosts, and this user may not say so for the test alone";
  House house(true);
  for (const std::string& service : Services()) Expand(house.system().database(service));
  const std::string auditor = house.works()[1].caller;
  house.system().Grant(auditor, "roles/auditor", house.organization());
  Traffic traffic(house, 2, auditor);
  ASSERT_TRUE(traffic.AwaitProgress());
  // As a cluster does: of each program one process after the other, all programs at the same time.
  const std::vector<std::string> first = {"organization", "risk", "supervision", "review",
                                          "gateway"};
  const std::vector<std::string> second = {"organization2", "risk2", "supervision2", "review2",
                                           "gateway2"};
  for (int i = 0; i < Rolls(); ++i) {
    for (const auto& processes : {first, second}) {
      house.system().Roll(processes, i % 2 == 0 ? other : QINGLIAN_BINARY_DIR);
      ASSERT_TRUE(traffic.AwaitProgress()) << "roll " << i;
    }
  }
  EXPECT_THAT(traffic.Finish(), IsEmpty());
  std::cout << traffic.answered() << " calls answered\n";
  for (const auto& [reason, count] : traffic.reasons())
    std::cout << count << " times UNAVAILABLE meanwhile: " << reason << "\n";
}

}  // namespace
}  // namespace qinglian::test
