// A newer edition of the divisions, as the clerk brings it in: a file, a plan to look at, and the
// word that applies it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class EditionCommand : public testing::Test {
 protected:
  EditionCommand() {
    const std::string older =
        "code,name,level,parent,vintage\n"
        "33,浙江省,PROVINCE,,2020\n"
        "3301,杭州市,CITY,33,2020\n"
        "330102,上城区,COUNTY,3301,2020\n"
        "330104,江干区,COUNTY,3301,2020\n"
        "330108,滨江区,COUNTY,3301,2020\n";
    EXPECT_EQ(Ctl({"import", "divisions", Write("older.csv", older)}).code, 0);
  }

  Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_.CtlFlags(), std::move(arguments));
  }
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = absl::StrCat(system_.folder(), "/", name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  // The newer edition, with a header in Chinese: one merged, one renamed, one added.
  Said Plan() {
    return Ctl({"edition", "plan",
                Write("newer.csv",
                      "代码,名称,级别,上级,年份,原代码\n"
                      "3301,杭州市,市级,33,2021,\n"
                      "330102,上城区,县级,3301,2021,330104\n"
                      "330108,高新区,县级,3301,2021,\n"
                      "330114,钱塘区,县级,3301,2021,\n"),
                "--division=3301"});
  }
  // The name that the first line of what was said begins with.
  static std::string NameIn(const Said& said) { return said.out.substr(0, said.out.find(':')); }
  std::string Divisions() {
    return system_.database("organization")
        .Value(
            "SELECT GROUP_CONCAT(display_name, ' ', state ORDER BY id SEPARATOR '; ') FROM "
            "divisions");
  }

  System system_{{"organization"}};
};

TEST_F(EditionCommand, ShowsWhatAFileWouldChangeAndChangesItWhenTold) {
  const std::string before = Divisions();
  const Said planned = Plan();
  ASSERT_EQ(planned.code, 0) << planned.err;
  EXPECT_THAT(planned.out,
              HasSubstr("1 added, 1 renamed, 0 moved, 1 merged, 0 retired, 2 unchanged"));
  EXPECT_THAT(planned.out, AllOf(HasSubstr("330104 江干区"), HasSubstr("goes on as 330102"),
                                 HasSubstr("330108 高新区"), HasSubstr("330114 钱塘区")));
  EXPECT_THAT(planned.out, HasSubstr("nothing has changed yet"));
  EXPECT_EQ(Divisions(), before);
  const std::string name = NameIn(planned);
  const Said applied = Ctl({"edition", "apply", name});
  EXPECT_EQ(applied.out, "applied\n") << applied.err;
  EXPECT_NE(Divisions(), before);
  EXPECT_THAT(Ctl({"get", "divisions/330104"}).out, HasSubstr("MERGED"));
  EXPECT_THAT(Ctl({"edition", "show", name}).out, HasSubstr("APPLIED"));
  const Said again = Ctl({"edition", "apply", name});
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("APPLIED"));
}

TEST_F(EditionCommand, GivesAPlanUpForAReason) {
  const Said planned = Plan();
  const std::string name = NameIn(planned);
  EXPECT_EQ(Ctl({"edition", "cancel", name}).code, 2) << "there is no reason";
  EXPECT_EQ(Ctl({"edition", "cancel", name, "--reason=等待批复"}).code, 0);
  EXPECT_THAT(Ctl({"edition", "show", name}).out, HasSubstr("CANCELLED"));
}

TEST_F(EditionCommand, PlansNothingOfAFileWithBadRows) {
  const Said said = Ctl({"edition", "plan",
                         Write("bad.csv",
                               "code,name,level,parent,vintage\n"
                               "3301,杭州市,CITY,33,2021\n"
                               "330102,上城区,CASTLE,3301,2021\n"
                               "330108,滨江区,COUNTY,3301,2022\n")});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, AllOf(HasSubstr("line 3, column level"),
                              HasSubstr("line 4, column vintage"), HasSubstr("2 rows are bad")));
  EXPECT_EQ(system_.database("organization").Value("SELECT COUNT(*) FROM division_editions"), "0");
}

TEST_F(EditionCommand, CancelsWhatCannotBePlannedAndSaysWhy) {
  const Said said = Ctl({"edition", "plan",
                         Write("part.csv",
                               "code,name,level,parent,vintage\n"
                               "330108,滨江区,COUNTY,3301,2021\n"),
                         "--division=3301"});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("COMPLETE"));
  EXPECT_EQ(system_.database("organization").Value("SELECT state FROM division_editions"),
            "STATE_CANCELLED");
}

TEST_F(EditionCommand, PrintsAPlanForPrograms) {
  const std::string name = NameIn(Plan());
  const Said shown = Ctl({"edition", "show", name, "--output=json"});
  const auto objects = shown.Objects();
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(Text(objects[0], "name"), name);
}

}  // namespace
}  // namespace qinglian::test
