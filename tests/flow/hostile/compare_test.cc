// A year in which callers set what is not theirs to set, to values that might pass, is in all
// answers like one that nobody meddled with.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/flow/hostile/planted.h"
#include "tests/flow/hostile/told_year.h"

namespace qinglian::test {
namespace {

// What each write of a year was answered, by its request id, with names and times that differ from
// year to year taken out: names by the order in which they are met.
class Answers {
 public:
  explicit Answers(const std::vector<RecordedWrite>& writes) {
    for (const RecordedWrite& write : writes) {
      // Who imports makes up an id each time, and imports once.
      const bool import = absl::StartsWith(write.method->name(), "Import");
      answers_[import ? write.name() : write.request_id()] =
          Plain(absl::StrCat(write.name(), "\n", write.response->DebugString()));
    }
  }
  const std::map<std::string, std::string>& all() const { return answers_; }

 private:
  std::string Plain(const std::string& text) {
    static const auto& told_apart = *new std::regex(
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|seconds: -?[0-9]+|nanos: "
        "[0-9]+");
    std::string plain;
    auto last = text.cbegin();
    for (std::sregex_iterator at(text.begin(), text.end(), told_apart), end; at != end; ++at) {
      plain.append(last, (*at)[0].first);
      plain += Stand((*at)[0].str());
      last = (*at)[0].second;
    }
    return plain.append(last, text.cend());
  }
  std::string Stand(const std::string& text) {
    if (text.find(':') != std::string::npos) return "TIME";
    return absl::StrCat("NAME", names_.emplace(text, names_.size()).first->second);
  }

  std::map<std::string, size_t> names_;
  std::map<std::string, std::string> answers_;
};

std::vector<RecordedWrite> TellYear(Meddling meddle) {
  return ToldYear(std::move(meddle)).writes();
}

TEST(Planted, ValuesThatMightPassLeaveAYearAsItWouldHaveBeen) {
  const Answers plain(TellYear(nullptr));
  const std::vector<RecordedWrite> writes = TellYear(
      [](const google::protobuf::MethodDescriptor& method, google::protobuf::Message& request) {
        Plant(method, request, PlantedEnums::kLast);
      });
  const Answers planted(writes);
  EXPECT_GT(plain.all().size(), 100u);
  EXPECT_EQ(planted.all().size(), plain.all().size());
  for (const auto& [id, answer] : plain.all()) {
    ASSERT_EQ(planted.all().count(id), 1u) << answer;
    EXPECT_EQ(planted.all().at(id), answer);
  }
}

}  // namespace
}  // namespace qinglian::test
