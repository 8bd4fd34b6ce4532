// CSV as clerks' programs write it, and as it is written for them.
#include "services/ctl/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iconv.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"

namespace qinglian::ctl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Csv : public testing::Test {
 protected:
  // Reads a file of this text; what is wrong with a row stands for it.
  std::vector<std::string> Read(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    const auto facts = FactsOf(path_);
    EXPECT_TRUE(facts.ok()) << facts.status();
    std::vector<std::string> rows;
    const CsvFormat format{.required = {"name"}, .aliases = {{"名称", "name"}}};
    status_ = ReadCsv(path_, facts->encoding, format, [&](CsvRow row) {
      rows.push_back(row.wrong.empty() ? row.fields["name"] : row.wrong);
      return absl::OkStatus();
    });
    unlink(path_.c_str());
    return rows;
  }

  const std::string path_ = absl::StrCat(testing::TempDir(), "/qinglian-csv-", getpid());
  absl::Status status_;
};

// As a program writes it that knows no UTF-8.
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

// Characters of two and of four bytes; the last has bytes that look like digits.
constexpr char kTable[] = "名称,备注\n杭州市财政局,一\n\"镕,堃\",二\n㐀𠀀局,三\n";

TEST_F(Csv, IsReadInUtf8WithAndWithoutMarkAndInGb18030) {
  for (const std::string& text :
       {std::string(kTable), absl::StrCat("\xEF\xBB\xBF", kTable), InGb18030(kTable)}) {
    EXPECT_THAT(Read(text), ElementsAre("杭州市财政局", "镕,堃", "㐀𠀀局"));
    EXPECT_TRUE(status_.ok()) << status_;
  }
}

TEST_F(Csv, ALineInAnotherEncodingThanTheFileIsABadRowAndNoOther) {
  EXPECT_THAT(
      Read(absl::StrCat(kTable, InGb18030("宁波市财政局,四\n"), "绍兴市财政局,五\n")),
      ElementsAre("杭州市财政局", "镕,堃", "㐀𠀀局", HasSubstr("not UTF-8"), "绍兴市财政局"));
  // Behind a quote that is open the line is given up alone as well.
  EXPECT_THAT(Read(absl::StrCat(kTable, "\"开,六\n", InGb18030("宁波市财政局,四\n"), "绍兴,五\n")),
              ElementsAre("杭州市财政局", "镕,堃", "㐀𠀀局", HasSubstr("not UTF-8"),
                          HasSubstr("not UTF-8"), "绍兴"));
}

TEST_F(Csv, AColumnThatStandsTwiceIsAMistake) {
  Read("name,名称\na,b\n");
  EXPECT_EQ(status::ReasonOf(status_), "CONFIG_INVALID");
}

TEST_F(Csv, WhatIsWrittenIsReadAsItWas) {
  for (const std::string& field :
       {std::string("plain"), std::string("a,b"), std::string("say \"hello\""),
        std::string("two\nlines"), std::string(" blanks "), std::string("\"")}) {
    EXPECT_THAT(Read(absl::StrCat("name,other\n", CsvLine({field, "x"}))), ElementsAre(field));
  }
  EXPECT_EQ(CsvLine({"", "a", ""}), ",a,\n");
}

}  // namespace
}  // namespace qinglian::ctl
