// The journal as an auditor verifies it: the command an operator is shown, against a service's own
// database.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::HasSubstr;

class JournalCommand : public testing::Test {
 protected:
  // Every division is a change; nothing is written any more while the journal is looked at.
  static void SetUpTestSuite() {
    system_ = new System({"organization"});
    const std::string divisions =
        absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/divisions.csv");
    ASSERT_EQ(Qlctl(system_->CtlFlags(), {"import", "divisions", divisions}).code, 0);
    system_->Stop("organization", SIGTERM);
    Run("CREATE TABLE kept_journal AS SELECT * FROM journal;"
        "CREATE TABLE kept_journal_position AS SELECT * FROM journal_position");
  }
  static void TearDownTestSuite() { delete system_; }

  // As it was written, for the next test.
  ~JournalCommand() override {
    Run("DELETE FROM journal_position; DELETE FROM journal;"
        "INSERT INTO journal SELECT * FROM kept_journal;"
        "INSERT INTO journal_position SELECT * FROM kept_journal_position");
  }

  static Said Verify(const std::string& checkpoint_dir) {
    return Qlctl({}, {"journal", "verify", "organization",
                      absl::StrCat("--mysql=", system_->database("organization").url()),
                      absl::StrCat("--checkpoint_dir=", checkpoint_dir),
                      absl::StrCat("--key_file=", system_->folder(), "/key")});
  }
  static Said Verify() { return Verify(system_->folder() + "/organization"); }

  // The number that a statement answers.
  static int64_t Number(const std::string& sql) {
    int64_t number = 0;
    EXPECT_TRUE(absl::SimpleAtoi(system_->database("organization").Value(sql), &number)) << sql;
    return number;
  }
  static void Run(const std::string& sql) { system_->database("organization").Run(sql); }

  static System* system_;
};

System* JournalCommand::system_ = nullptr;

TEST_F(JournalCommand, FindsNothingInAJournalAsItWasWritten) {
  const Said said = Verify();
  EXPECT_EQ(said.code, 0) << said.err;
  const int64_t head = Number("SELECT MAX(position) FROM journal_position");
  EXPECT_GT(head, 0);
  EXPECT_THAT(said.out, HasSubstr(absl::StrCat(head, " of ", head, " positions verified")));
  EXPECT_THAT(said.out, testing::Not(HasSubstr(" 0 checkpoints")));
}

TEST_F(JournalCommand, NamesTheRowThatWasChanged) {
  const int64_t row = Number("SELECT journal_id FROM journal_position WHERE position = 3");
  Run(absl::StrCat("UPDATE journal SET actor = 'persons/another' WHERE id = ", row));
  const Said said = Verify();
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr(absl::StrCat("at position 3, row ", row)));
}

TEST_F(JournalCommand, SeesATailThatWasCutOffNeatly) {
  const int64_t half = Number("SELECT MAX(position) DIV 2 FROM journal_position");
  Run(absl::StrCat("DELETE FROM journal WHERE id IN (SELECT journal_id FROM journal_position ",
                   "WHERE position > ", half, "); DELETE FROM journal_position WHERE position > ",
                   half));
  EXPECT_EQ(Verify().code, 1);
}

TEST_F(JournalCommand, DoesNotPassForWantOfCheckpoints) {
  const Said said = Verify(system_->folder());
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("there is no checkpoint of organization"));
}

}  // namespace
}  // namespace qinglian::test
