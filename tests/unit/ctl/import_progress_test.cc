// The progress of an import, as it is found again.
#include "services/ctl/import_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"

namespace qinglian::ctl {
namespace {

using testing::ElementsAre;

class Progress : public testing::Test {
 protected:
  ~Progress() override { unlink(path_.c_str()); }
  ImportProgress Open(const std::string& import) {
    auto progress = ImportProgress::Open(path_, import);
    EXPECT_TRUE(progress.ok()) << progress.status();
    return *std::move(progress);
  }
  std::string Text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static BatchAnswer Answer(int64_t through) {
    BatchAnswer answer;
    answer.through = through;
    answer.counts = {3, 2, 1, 4};
    answer.faults[through - 1] = {"name", "two\nlines\tand more", "两行"};
    answer.deferred = {through - 2};
    return answer;
  }

  const std::string path_ = absl::StrCat(testing::TempDir(), "/qinglian-progress-", getpid());
};

TEST_F(Progress, IsFoundAgainWithAllThatWasAnswered) {
  ImportProgress first = Open("this");
  EXPECT_FALSE(first.resumed());
  ASSERT_TRUE(first.NoteRehearsed().ok());
  ASSERT_TRUE(first.Note(Answer(500)).ok());
  ASSERT_TRUE(first.Note(Answer(1000)).ok());
  const ImportProgress again = Open("this");
  EXPECT_TRUE(again.resumed() && again.rehearsed() && !again.outdated());
  EXPECT_EQ(again.id(), first.id());
  EXPECT_EQ(again.answered().through, 1000);
  EXPECT_EQ(again.answered().counts.created, 6);
  EXPECT_EQ(again.answered().counts.rows(), 20);
  EXPECT_THAT(again.answered().deferred, ElementsAre(498, 998));
  EXPECT_EQ(again.answered().faults.at(499).english, "two\nlines\tand more");
  EXPECT_EQ(again.answered().faults.at(999).chinese, "两行");
}

TEST_F(Progress, OfAnotherImportIsNoneOfThisOne) {
  ImportProgress first = Open("this");
  ASSERT_TRUE(first.Note(Answer(500)).ok());
  const ImportProgress other = Open("that");
  EXPECT_TRUE(other.outdated());
  EXPECT_NE(other.id(), first.id());
  EXPECT_EQ(other.answered().through, 0);
}

TEST_F(Progress, ABatchThatWasCutOffInWritingIsAsIfItHadNeverBeenWritten) {
  ASSERT_TRUE(Open("this").Note(Answer(500)).ok());
  const std::string whole = Text();
  ASSERT_TRUE(Open("this").Note(Answer(1000)).ok());
  const std::string more = Text();
  for (size_t size = whole.size(); size < more.size(); ++size) {
    std::ofstream(path_, std::ios::binary) << more.substr(0, size);
    ImportProgress cut = Open("this");
    ASSERT_EQ(cut.answered().through, 500) << size;
    ASSERT_EQ(cut.answered().faults.size(), 1U) << size;
    ASSERT_TRUE(cut.Note(Answer(1500)).ok());
    ASSERT_EQ(Open("this").answered().through, 1500) << size;
  }
}

TEST_F(Progress, IsGoneWhenTheImportIsOver) {
  ImportProgress progress = Open("this");
  ASSERT_TRUE(progress.Remove().ok());
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
  EXPECT_TRUE(progress.Remove().ok()) << "it is over still";
}

}  // namespace
}  // namespace qinglian::ctl
