// Files of clerks going in and coming out: Chinese tables, mended reports, exports brought in
// again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iconv.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/identity_number.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kMark[] = "\xEF\xBB\xBF";
constexpr char kHeader[] =
    "来源,外部标识,名称,简称,类型,行政区划,级别,上级,主管部门,党组织形式,成立日期\n";
constexpr char kPersonHeader[] =
    "工号,姓名,单位来源,单位标识,政治面貌,在职状态,岗位,岗位层级,重点岗位,职数,任职日期,任职文号,"
    "身份证号\n";

std::string InGb18030(std::string text) {
  const iconv_t converter = iconv_open("GB18030", "UTF-8");
  std::string converted(text.size() * 2, '\0');
  char *in = text.data(), *out = converted.data();
  size_t in_left = text.size(), out_left = converted.size();
  EXPECT_EQ(iconv(converter, &in, &in_left, &out, &out_left), 0U);
  iconv_close(converter);
  converted.resize(converted.size() - out_left);
  return converted;
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A house with divisions, and what qlctl does in it.
class Registry {
 public:
  Registry() {
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    EXPECT_EQ(Ctl({"import", "divisions", data + "divisions.csv"}).code, 0);
  }
  Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_.CtlFlags(), std::move(arguments));
  }
  std::string Path(const std::string& name) const {
    return absl::StrCat(system_.folder(), "/", name);
  }
  Said Import(const std::string& what, const std::string& text,
              std::vector<std::string> flags = {}) {
    const std::string path = Path(what + ".csv");
    std::ofstream(path, std::ios::binary) << text;
    return ImportFile(what, path, std::move(flags));
  }
  Said ImportFile(const std::string& what, const std::string& path,
                  std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"import", what, path});
    return Ctl(std::move(flags));
  }
  // The file that an export makes.
  std::string Export(const std::string& what, const std::string& ending,
                     const std::string& language = "english") {
    const std::string path = Path(absl::StrCat("exported-", what, "-", language, ending));
    const Said said = Ctl({"export", what, path, "--language=" + language});
    EXPECT_EQ(said.code, 0) << said.err;
    return path;
  }
  std::string Value(const std::string& sql) { return system_.database("organization").Value(sql); }

 private:
  System system_{{"organization"}};
};

class Exchange : public testing::Test {
 protected:
  static void SetUpTestSuite() { registry_ = new Registry; }
  static void TearDownTestSuite() { delete registry_; }
  static inline Registry* registry_ = nullptr;
};

std::string Bureaus(const std::string& source) {
  std::string text = kHeader;
  const auto add = [&](const std::string& row) { absl::StrAppend(&text, source, ",", row, "\n"); };
  add("gov,某省人民政府,省政府,人民政府,33,省级,,,,");
  add("bureau,某省财政厅,\"财政,厅\",政府部门,33,省,gov,later,,1998年6月30日");
  add("later,某省机关工委,,机关工委,33,省级,gov,,,");
  add("branch,某省财政厅党支部,,机关党组织,33,省级,bureau,,党支部,2001/7/1");
  add("group,派驻纪检监察组,,派驻纪检监察组,33,省级,bureau,,,");
  return text;
}

TEST_F(Exchange, ATableWithAChineseHeaderIsTakenInUtf8AndInGb18030) {
  const std::string created = "organizations: 5 created, 0 updated, 0 unchanged, 0 refused\n";
  const Said marked = registry_->Import("organizations", kMark + Bureaus("marked"));
  EXPECT_EQ(marked.out, created) << marked.err;
  const Said other = registry_->Import("organizations", InGb18030(Bureaus("gb")));
  EXPECT_EQ(other.out, created) << other.err;
  for (const char* source : {"marked", "gb"}) {
    EXPECT_EQ(
        registry_->Value(absl::StrCat(
            "SELECT CONCAT_WS(' ', o.display_name, o.short_name, o.kind, o.founding_date, "
            "d.display_name) FROM organizations o JOIN organizations d ON d.id = "
            "o.competent_department JOIN organization_identifiers i ON i.organization = o.id WHERE "
            "i.source = '",
            source, "' AND i.external_id = 'bureau'")),
        "某省财政厅 财政,厅 KIND_GOVERNMENT_DEPARTMENT 1998-06-30 某省机关工委");
  }
}

TEST_F(Exchange, AReportOfBadRowsIsMendedAndSentAgain) {
  std::string text = Bureaus("mend");
  text += "mend,wrong,某省税务局,,城堡,33,省级,gov,,,\n";            // line 7
  text += "mend,orphan,某省统计局,,政府部门,33,省级,nirgends,,,\n";  // line 8
  text += "mend,short,某\n";                                         // line 9
  const std::string report = registry_->Path("report.csv");
  const Said said = registry_->Import("organizations", text, {"--report=" + report});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.out, HasSubstr("5 created, 0 updated, 0 unchanged, 3 refused"));
  std::string bad = Read(report);
  EXPECT_THAT(bad, HasSubstr("主管部门,党组织形式,成立日期,行号,原因\n"));
  EXPECT_THAT(bad, HasSubstr("mend,wrong,某省税务局,,城堡,33,省级,gov,,,,7,kind: 不是组织类型\n"));
  EXPECT_THAT(bad, HasSubstr("nirgends,,,,8,superior: "));
  EXPECT_THAT(bad, HasSubstr("mend,short,某,,,,,,,,,9,"));
  bad = absl::StrReplaceAll(bad,
                            {{"城堡", "政府部门"},
                             {"nirgends", "gov"},
                             {"mend,short,某,,,,,,,,,", "mend,short,某局,,法院,33,省级,gov,,,,"}});
  std::ofstream(report, std::ios::binary) << bad;
  const std::string second = registry_->Path("second.csv");
  const Said mended =
      registry_->ImportFile("organizations", report, {"--report=" + second, "--on_conflict=fail"});
  EXPECT_EQ(mended.out, "organizations: 3 created, 0 updated, 0 unchanged, 0 refused\n")
      << mended.err;
  EXPECT_EQ(std::filesystem::exists(report + ".progress"), false);
  EXPECT_EQ(Read(second), absl::StrCat(kMark, std::string(kHeader).substr(0, sizeof(kHeader) - 2),
                                       ",行号,原因\n"))
      << "nothing is bad any more";
}

TEST_F(Exchange, PersonsComeInWithTheirPostsAndTheirNumbersInNoReport) {
  ASSERT_EQ(registry_->Import("organizations", Bureaus("staff")).code, 0);
  const std::string number = IdentityNumberOf(11);
  std::string text = kPersonHeader;
  absl::StrAppend(
      &text, "S-1,李示例,staff,bureau,党员,在职,厅长,一把手,是,1,2020年3月1日,演任〔2020〕1号,",
      number, "\n");
  text += "S-1,李示例,staff,bureau,党员,在职,党组书记,一把手,是,1,2020-03-01,,\n";
  text += "S-2,王示例,staff,bureau,群众,在职,科员,工作人员,否,20,,,\n";
  absl::StrAppend(&text, "S-3,赵示例,staff,nirgends,党员,在职,,,,,,,", IdentityNumberOf(12), "\n");
  const std::string report = registry_->Path("persons-report.csv");
  const Said said = registry_->Import("persons", text, {"--report=" + report});
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, "persons: 2 created, 0 updated, 0 unchanged, 1 refused\n") << said.err;
  EXPECT_THAT(said.err, HasSubstr("line 5, column organization: "));
  const std::string bad = Read(report);
  EXPECT_THAT(bad, HasSubstr("S-3,赵示例,staff,nirgends,党员,在职,,,,,,,,5,organization: "));
  EXPECT_THAT(bad + said.err + said.out, Not(HasSubstr(kIdentityNumberPrefix)));
  EXPECT_EQ(registry_->Value("SELECT COUNT(*) FROM assignments a JOIN persons p ON p.id = a.person "
                             "WHERE p.staff_number = 'S-1' AND a.start_date = '2020-03-01'"),
            "2");
  EXPECT_EQ(
      registry_->Value("SELECT COUNT(*) FROM sealed_values s JOIN persons p ON p.id = s.owner "
                       "WHERE p.staff_number = 'S-1'"),
      "1");
}

TEST_F(Exchange, OfAnAllOrNothingFileABadRowKeepsTheOthersOut) {
  const std::string text =
      absl::StrCat(Bureaus("all"), "all,orphan,某省统计局,,政府部门,33,省级,nirgends,,,\n");
  const Said said = registry_->Import("organizations", text, {"--all_or_nothing"});
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out,
            "organizations: 5 created, 0 updated, 0 unchanged, 1 refused (all or nothing: nothing "
            "was kept)\n");
  EXPECT_EQ(registry_->Value("SELECT COUNT(*) FROM organization_identifiers WHERE source = 'all'"),
            "0");
  EXPECT_EQ(registry_->Import("organizations", Bureaus("all"), {"--all_or_nothing"}).code, 0);
  const Said again = registry_->Import("organizations", Bureaus("all"), {"--on_conflict=skip"});
  EXPECT_EQ(again.out, "organizations: 0 created, 0 updated, 0 unchanged, 5 skipped, 0 refused\n");
}

// Rows of a long file; each 700th refers ahead.
std::string Long(const std::string& source, int rows) {
  std::string text = "source,external_id,name,kind,division,level,superior,competent_department\n";
  for (int i = 0; i < rows; ++i) {
    absl::StrAppend(&text, source, ",", i, ",单位", i, ",COURT,33,PROVINCE,", i == 0 ? "" : "0",
                    ",", i % 700 == 1 ? absl::StrCat(rows - 1) : "", "\n");
  }
  return text;
}

TEST_F(Exchange, ALongFileIsCheckedAsAWholeBeforeAnyRowIsKept) {
  const std::string good = Long("long", 5'001);
  const std::string bad = absl::StrCat(good, "long,orphan,某单位,COURT,33,PROVINCE,nowhere,\n",
                                       "long,ahead,某单位,COURT,33,PROVINCE,0,nobody\n");
  const auto count = [&] {
    return registry_->Value("SELECT COUNT(*) FROM organization_identifiers WHERE source = 'long'");
  };
  const Said said = registry_->Import("organizations", bad);
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.out, HasSubstr("2 refused (checked as a whole: nothing was kept)"));
  EXPECT_THAT(said.err, AllOf(HasSubstr("line 5003, column superior: "),
                              HasSubstr("line 5004, column competent_department: ")));
  EXPECT_EQ(count(), "0");
  EXPECT_EQ(registry_->Import("organizations", bad, {"--all_or_nothing"}).code, 2);
  const Said kept = registry_->Import("organizations", good);
  EXPECT_EQ(kept.out, "organizations: 5001 created, 0 updated, 0 unchanged, 0 refused\n")
      << kept.err;
  EXPECT_EQ(registry_->Value("SELECT COUNT(*) FROM organizations o JOIN organization_identifiers i "
                             "ON i.organization = o.competent_department WHERE i.source = 'long' "
                             "AND i.external_id = '5000'"),
            "8")
      << "those that refer ahead have their departments";
  const Said good_ones = registry_->Import("organizations", bad, {"--keep_good"});
  EXPECT_THAT(good_ones.out, HasSubstr("1 created, 0 updated, 5001 unchanged, 2 refused"));
  EXPECT_EQ(count(), "5002");
}

TEST_F(Exchange, AFileThatChangedSinceItsImportBrokeOffBeginsAnew) {
  const std::string progress = registry_->Path("some.progress");
  std::ofstream(progress) << "qinglian-import-1\torganizations of old\tid\n"
                          << "through\t400\t400\t0\t0\t0\n";
  const Said said =
      registry_->Import("organizations", Long("anew", 501), {"--progress=" + progress});
  EXPECT_EQ(said.out, "organizations: 501 created, 0 updated, 0 unchanged, 0 refused\n");
  EXPECT_THAT(said.err, HasSubstr("the import begins anew"));
  EXPECT_FALSE(std::filesystem::exists(progress));
}

TEST(ExchangeOfWholeRegistries, WhatIsExportedAndBroughtInElsewhereIsExportedThereTheSame) {
  Registry here, there, further;
  ASSERT_EQ(here.Import("organizations", Bureaus("move")).code, 0);
  const Said made = here.Ctl({"call", "CreateOrganization",
                              R"({"organization": {"display_name": "没有外部标识的单位",
                              "kind": "KIND_COURT", "level": "LEVEL_PROVINCE",
                              "division": "divisions/33", "contact": "电话 \"总机\", 0571"}})"});
  ASSERT_EQ(made.code, 0) << made.err;
  std::string persons = kPersonHeader;
  persons += "M-1,李示例,move,bureau,党员,在职,厅长,一把手,是,1,2020-03-01,演任〔2020〕1号,\n";
  persons += "M-1,李示例,move,bureau,党员,在职,党组书记,一把手,是,1,2020-03-01,,\n";
  persons += "M-2,王示例,move,later,,退休,,,,,,,\n";
  ASSERT_EQ(here.Import("persons", persons).code, 0);
  for (const std::string what : {"organizations", "persons"}) {
    EXPECT_EQ(there.ImportFile(what, here.Export(what, ".csv", "chinese")).code, 0);
    EXPECT_EQ(further.ImportFile(what, there.Export(what, ".pb")).code, 0);
  }
  for (const std::string what : {"organizations", "persons"}) {
    for (const std::string language : {"english", "chinese"}) {
      const std::string exported = Read(here.Export(what, ".csv", language));
      EXPECT_EQ(Read(there.Export(what, ".csv", language)), exported);
      EXPECT_EQ(Read(further.Export(what, ".csv", language)), exported);
    }
    EXPECT_EQ(Read(there.Export(what, ".pb")), Read(here.Export(what, ".pb")));
    EXPECT_EQ(Read(further.Export(what, ".pb")), Read(here.Export(what, ".pb")));
  }
  EXPECT_THAT(here.ImportFile("organizations", here.Export("organizations", ".pb")).out,
              HasSubstr("0 created, 0 updated, 6 unchanged, 0 refused"));
}

}  // namespace
}  // namespace qinglian::test
