// The schemas of the real services, as their real programs bring them up, refuse them and live with
// them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "migrations/organization_migrations.h"
#include "migrations/review_migrations.h"
#include "migrations/risk_migrations.h"
#include "migrations/supervision_migrations.h"
#include "tests/support/database.h"
#include "tests/support/identity.h"

namespace qinglian::test {
namespace {

using testing::HasSubstr;

struct Service {
  std::string name;
  absl::Span<const mysql::Migration> migrations;
  // Whom it follows: nobody is there.
  std::vector<std::string> follows;
};

std::vector<Service> All() {
  return {{"organization", organization::Migrations(), {}},
          {"risk", risk::Migrations(), {"organization", "supervision"}},
          {"supervision", supervision::Migrations(), {"organization"}},
          {"review", review::Migrations(), {"organization", "supervision"}}};
}

// What a program said and how it ended.
struct Ended {
  int code = -1;
  std::string said;
};

class SchemaTest : public testing::TestWithParam<Service> {
 protected:
  SchemaTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "qinglian-schema-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::ofstream(folder_ + "/key") << std::string(64, '7') << "\n";
    std::ofstream(folder_ + "/identity_key") << kIdentityKey << "\n";
    std::filesystem::permissions(folder_ + "/identity_key", std::filesystem::perms::owner_read);
  }
  ~SchemaTest() override { std::filesystem::remove_all(folder_); }

  std::string Command(const std::string& command) const {
    std::string line = absl::Substitute("$0/services/$1/$1 $2 --mysql='$3'", QINGLIAN_BINARY_DIR,
                                        GetParam().name, command, database_.url());
    if (command != "serve") return line;
    absl::StrAppend(&line, " --key_file=", folder_, "/key --identity_key_file=", folder_,
                    "/identity_key --checkpoint_dir=", folder_);
    for (const std::string& feed : GetParam().follows)
      absl::StrAppend(&line, " --", feed, "_address=127.0.0.1:1");
    return line;
  }

  std::string Said() const {
    std::ifstream file(folder_ + "/said");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // Runs the service with a command that ends by itself.
  Ended Run(const std::string& command) const {
    const int status = std::system(
        absl::StrCat("exec timeout 20 ", Command(command), " >", folder_, "/said 2>&1").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Said()};
  }

  // Serves until it says that it does.
  Ended Serve() const {
    const int status = std::system(
        absl::StrCat(Command("serve"), " >", folder_,
                     "/said 2>&1 & process=$!; for i in $(seq 600); do grep -q "
                     "'\"event\":\"serving\"' ",
                     folder_,
                     "/said && break; kill -0 $process 2>/dev/null || break; sleep 0.05; "
                     "done; kill -KILL $process 2>/dev/null; wait $process 2>/dev/null")
            .c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Said()};
  }

  void ExpectServes() const {
    const Ended ended = Serve();
    EXPECT_EQ(ended.code, 128 + 9) << "it ended before it was killed";
    EXPECT_THAT(ended.said, HasSubstr("\"event\":\"serving\""));
  }

  // Refused in one line that holds all of `words`.
  void ExpectRefused(const Ended& ended, const std::vector<std::string>& words) const {
    EXPECT_GT(ended.code, 0);
    EXPECT_LT(ended.code, 124);
    const std::vector<std::string> lines = absl::StrSplit(ended.said, '\n', absl::SkipEmpty());
    ASSERT_EQ(lines.size(), 1u) << ended.said;
    EXPECT_THAT(lines[0], testing::StartsWith(GetParam().name + ": "));
    for (const std::string& word : words) EXPECT_THAT(lines[0], HasSubstr(word));
  }

  int Head() const { return GetParam().migrations.back().number; }

  // Every column and every key of the schema.
  std::string Shape(const TestDatabase& database) const {
    return database.Value(absl::Substitute(
        "SELECT CONCAT("
        "(SELECT MD5(GROUP_CONCAT(CONCAT_WS(' ', table_name, column_name, column_type, "
        "is_nullable, collation_name) "
        "ORDER BY table_name, ordinal_position SEPARATOR '\\n')) FROM information_schema.columns "
        "WHERE table_schema = '$0'), ' ', "
        "(SELECT MD5(GROUP_CONCAT(CONCAT_WS(' ', table_name, index_name, seq_in_index, "
        "column_name, non_unique) "
        "ORDER BY table_name, index_name, seq_in_index SEPARATOR '\\n')) FROM "
        "information_schema.statistics "
        "WHERE table_schema = '$0'))",
        database.options().schema));
  }

  // The record of what was applied, to the moment.
  std::string Record() const {
    return database_.Value(
        "SELECT GROUP_CONCAT(CONCAT_WS(' ', number, name, checksum, statements_done, started, "
        "finished) "
        "ORDER BY number) FROM schema_migrations");
  }

  // As a newer binary would have left it.
  void ApplyNewer(int oldest_binary) const {
    database_.Run(
        absl::Substitute("INSERT INTO schema_migrations SELECT $0, 'of_tomorrow', checksum, $1, 1, "
                         "started, finished, applied_by "
                         "FROM schema_migrations WHERE number = $2",
                         Head() + 1, oldest_binary, Head()));
  }

  TestDatabase database_;
  std::string folder_;
};

TEST_P(SchemaTest, IsBroughtFromEmptyToHeadAndASecondRunChangesNothing) {
  ExpectRefused(Run("serve"), {"holds no tables of this program yet", "run migrate"});
  const Ended first = Run("migrate");
  EXPECT_EQ(first.code, 0) << first.said;
  EXPECT_THAT(first.said, HasSubstr(absl::StrCat("the schema is at migration ", Head())));
  const std::string record = Record();
  EXPECT_EQ(Run("migrate").code, 0);
  EXPECT_EQ(Record(), record);
  ExpectServes();
}

TEST_P(SchemaTest, IsBroughtToTheSameHeadFromEveryOlderOne) {
  ASSERT_EQ(Run("migrate").code, 0);
  for (int head = 1; head < Head(); ++head) {
    const TestDatabase older;
    const auto migrations = GetParam().migrations.subspan(0, static_cast<size_t>(head));
    // Each of them twice.
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(
          mysql::Migrate(older.options(), migrations, {.applied_by = "an older binary"}).ok());
    }
    EXPECT_EQ(older.Value("SELECT COUNT(*) FROM schema_migrations WHERE finished IS NOT NULL"),
              absl::StrCat(head));
    ASSERT_TRUE(
        mysql::Migrate(older.options(), GetParam().migrations, {.applied_by = "this binary"}).ok());
    EXPECT_EQ(Shape(older), Shape(database_)) << "from " << head;
  }
}

TEST_P(SchemaTest, OlderThanTheBinaryIsRefusedWithWhatToDo) {
  const auto older = GetParam().migrations.subspan(0, GetParam().migrations.size() - 1);
  ASSERT_TRUE(mysql::Migrate(database_.options(), older, {.applied_by = "an older binary"}).ok());
  ExpectRefused(Run("serve"), {absl::StrCat("needs ", Head()), "run migrate"});
  EXPECT_EQ(Run("migrate").code, 0);
  ExpectServes();
}

TEST_P(SchemaTest, HalfAppliedIsRefusedWithInstructionsThatMendIt) {
  const auto before = GetParam().migrations.subspan(0, GetParam().migrations.size() - 1);
  ASSERT_TRUE(mysql::Migrate(database_.options(), before, {.applied_by = "test"}).ok());
  // Started, killed, and its first statement done: so it lies there after a power cut.
  const mysql::Migration& last = GetParam().migrations.back();
  const auto statements = mysql::SplitSql(last.text);
  ASSERT_TRUE(statements.ok());
  database_.Run(absl::Substitute(
      "INSERT INTO schema_migrations SELECT $0, '$1', '$2', oldest_binary, 1, started, NULL, "
      "applied_by "
      "FROM schema_migrations WHERE number = $3",
      last.number, std::string(last.name), std::string(last.checksum), last.number - 1));
  ASSERT_TRUE(database_.Open()->Run(statements->front()).ok());
  const std::vector<std::string> words = {std::string(last.name), "not finished", "--resume"};
  ExpectRefused(Run("serve"), words);
  ExpectRefused(Run("migrate"), words);
  const Ended resumed = Run("migrate --resume");
  EXPECT_EQ(resumed.code, 0) << resumed.said;
  ExpectServes();
}

TEST_P(SchemaTest, NewerThanTheBinaryServesWhereItStillAcceptsIt) {
  ASSERT_EQ(Run("migrate").code, 0);
  ApplyNewer(Head());
  EXPECT_EQ(Run("migrate").code, 0);
  ExpectServes();
}

TEST_P(SchemaTest, NewerThanTheBinaryIsRefusedWhereItDoesNotAcceptItAnyMore) {
  ASSERT_EQ(Run("migrate").code, 0);
  ApplyNewer(Head() + 1);
  const std::vector<std::string> words = {"too new for this binary", "deploy a newer binary"};
  ExpectRefused(Run("serve"), words);
  ExpectRefused(Run("migrate"), words);
}

INSTANTIATE_TEST_SUITE_P(Services, SchemaTest, testing::ValuesIn(All()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace qinglian::test
