// What an operator sees of an import: which rows came in, which did not and why.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kHeader[] = "source,external_id,name,kind,division,level,superior,credit_code\n";

class ImportCommand : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = new System({"organization"});
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    ASSERT_EQ(Ctl({"import", "divisions", data + "divisions.csv"}).code, 0);
  }
  static void TearDownTestSuite() { delete system_; }

  static Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_->CtlFlags(), std::move(arguments));
  }
  static Said Import(const std::string& text, std::vector<std::string> flags = {}) {
    const std::string path = absl::StrCat(system_->folder(), "/organizations.csv");
    std::ofstream(path, std::ios::binary) << text;
    flags.insert(flags.begin(), {"import", "organizations", path});
    return Ctl(std::move(flags));
  }
  // A good row; `test` keeps the identifiers of one test apart from those of others.
  static std::string Row(const std::string& test, const std::string& id,
                         const std::string& superior = "") {
    return absl::StrCat("zhejiang,", test, "-", id, ",单位", id, ",COURT,33,PROVINCE,",
                        superior.empty() ? "" : test + "-", superior, ",\n");
  }
  static std::string Count(const std::string& test) {
    return system_->database("organization")
        .Value(absl::StrCat(
            "SELECT COUNT(*) FROM organization_identifiers WHERE external_id LIKE '", test, "-%'"));
  }
  static std::string Changes() {
    return system_->database("organization")
        .Value("SELECT COUNT(*) FROM journal WHERE resource <> ''");
  }

  static System* system_;
};

System* ImportCommand::system_ = nullptr;

TEST_F(ImportCommand, AGoodFileOfSeveralBatchesIsRehearsedBroughtInAndLeftAloneTheSecondTime) {
  std::string text = absl::StrCat("\xEF\xBB\xBF", kHeader, Row("good", "0"));
  // Each below one of an earlier batch, once there is one.
  for (int i = 1; i < 1300; ++i) text += Row("good", absl::StrCat(i), absl::StrCat(i / 1000 * 400));
  const Said rehearsed = Import(text, {"--dry-run"});
  EXPECT_EQ(rehearsed.code, 0) << rehearsed.err;
  EXPECT_EQ(rehearsed.out,
            "organizations: 1300 created, 0 updated, 0 unchanged, 0 refused "
            "(dry run: nothing was kept)\n");
  EXPECT_EQ(Count("good"), "0");
  const Said brought = Import(text);
  EXPECT_EQ(brought.code, 0) << brought.err;
  EXPECT_EQ(brought.out, "organizations: 1300 created, 0 updated, 0 unchanged, 0 refused\n");
  EXPECT_EQ(Count("good"), "1300");
  const std::string changes = Changes();
  const Said again = Import(text);
  EXPECT_EQ(again.out, "organizations: 0 created, 0 updated, 1300 unchanged, 0 refused\n");
  EXPECT_EQ(Changes(), changes);
}

TEST_F(ImportCommand, EveryBadRowIsReportedWithLineColumnAndReasonAndTheGoodOnesStand) {
  std::string text = absl::StrCat(kHeader, Row("bad", "0"));
  text += "zhejiang,bad-kind,某单位,CASTLE,33,PROVINCE,,\n";                   // line 3
  text += "zhejiang,bad-short,某单位,COURT\n";                                 // line 4
  text += "zhejiang,bad-long,某单位,COURT,33,PROVINCE,,,surplus\n";            // line 5
  text += "zhejiang,bad-code,某单位,COURT,33,PROVINCE,,91330000000000000X\n";  // line 6
  text += Row("bad", "orphan", "nowhere");                                     // line 7
  for (int i = 8; i < 700; ++i) text += Row("bad", absl::StrCat(i), "0");
  text += Row("bad", "0");  // line 700
  for (const std::string flag : {"--dry-run", "--nodry-run"}) {
    const Said said = Import(text, {flag});
    EXPECT_EQ(said.code, 1);
    EXPECT_THAT(said.out, HasSubstr("693 created, 0 updated, 0 unchanged, 6 refused"));
    EXPECT_THAT(said.err, AllOf(HasSubstr("line 3, column kind: not a kind of organization\n"),
                                HasSubstr("line 4, column division: missing: the row has 4 fields"),
                                HasSubstr("line 5, column 9: too many: the row has 9 fields")));
    EXPECT_THAT(said.err, HasSubstr("line 7, column superior: parent refers to bad-nowhere, which "
                                    "was not found. [REFERENCE_NOT_FOUND]\n"));
    EXPECT_THAT(said.err, HasSubstr("line 6, column credit_code: "));
    EXPECT_THAT(said.err, HasSubstr("\n  credit_code: must be of "));
    EXPECT_THAT(said.err, HasSubstr("line 700, column external_id: "));
    EXPECT_THAT(said.err, HasSubstr("each row needs an external identifier of its own\n"));
    EXPECT_THAT(said.err, Not(HasSubstr("type.googleapis.com"))) << "no payload of an error";
    EXPECT_THAT(said.err, HasSubstr("qlctl: 6 rows were refused"));
    EXPECT_EQ(Count("bad"), flag == "--dry-run" ? "0" : "693");
  }
}

TEST_F(ImportCommand, AStrayQuoteCostsItsOwnRowOnly) {
  std::string text = absl::StrCat(kHeader, Row("quote", "1"));
  text += "zhejiang,quote-inside,某\"单位,COURT,33,PROVINCE,,\n";    // line 3
  text += Row("quote", "2");                                         // line 4
  text += "zhejiang,quote-open,\"某单位,COURT,33,PROVINCE,,\n";      // line 5, until line 7
  text += Row("quote", "3");                                         // line 6
  text += "zhejiang,quote-4,\"单位,四\",COURT,33,PROVINCE,,\r\n\n";  // line 7, line 8 is blank
  text += "zhejiang,quote-last,\"某单位,COURT,33,PROVINCE,,\n";      // line 9, until the end
  text += Row("quote", "5");                                         // line 10
  text += "zhejiang,quote-6,单位六,COURT,33,PROVINCE,,";             // line 11, no line end
  const Said said = Import(text);
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, "organizations: 6 created, 0 updated, 0 unchanged, 3 refused\n") << said.err;
  EXPECT_EQ(said.err,
            "line 3: not CSV: a quote inside a plain field, or text behind a quoted one\n"
            "line 5: not CSV: a quote inside a plain field, or text behind a quoted one\n"
            "line 9: a quoted field does not end\n"
            "qlctl: 3 rows were refused\n");
  EXPECT_EQ(Count("quote"), "6");
}

TEST_F(ImportCommand, AQuoteThatIsNeverClosedDoesNotTakeTheFileIntoMemory) {
  std::string text = absl::StrCat(kHeader, "zhejiang,long-0,\"某单位,COURT,33,PROVINCE,,\n");
  text += Row("long", "1");
  // Enough that the row is given up before the end of the file.
  while (text.size() < 3 << 20) text += std::string(1000, ' ') + "\n";
  text += Row("long", "2");
  const Said said = Import(text);
  EXPECT_EQ(said.out, "organizations: 2 created, 0 updated, 0 unchanged, 1 refused\n");
  EXPECT_THAT(said.err, HasSubstr("line 2: the row is too long: a quote may not be closed\n"));
}

TEST_F(ImportCommand, AnImportThatEndsEarlySaysWhatCameInBefore) {
  const std::string path = absl::StrCat(system_->folder(), "/villages.csv");
  std::ofstream file(path);
  file << "code,name,level,parent,vintage\n";
  for (int i = 0; i < 2000; ++i) file << 330106000000 + i << ",某村,VILLAGE,330106,2023\n";
  file << "330107000000,某村,VILLAGE,330107,2023\n";
  file.close();
  const Said said = Ctl({"import", "divisions", path, "--timeout=60s"});
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, "divisions: 2000 created, 0 updated, 0 unchanged, 0 refused\n");
  EXPECT_THAT(said.err, HasSubstr("[REFERENCE_NOT_FOUND]"));
}

TEST_F(ImportCommand, AFileThatCannotBeReadAsAWholeIsAMistake) {
  for (const std::string& text :
       {std::string(), std::string("source,external_id\n"), "\"" + std::string(kHeader)}) {
    const Said said = Import(text);
    EXPECT_EQ(said.code, 2) << text;
    EXPECT_EQ(said.out, "") << text;
  }
  EXPECT_EQ(Ctl({"import", "organizations", system_->folder()}).code, 2) << "a folder";
}

}  // namespace
}  // namespace qinglian::test
