#include "services/ctl/log_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace qinglian::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr char kFailed[] =
    R"({"time":"2026-01-05T08:00:10.000000Z","severity":"ERROR","service":"risk","trace_id":"t1","event":"call failed","id":"e1","method":"/m","cause":"INTERNAL: x","attempt":3,"last":true})";

LogStory StoryOf(const std::vector<std::string>& lines, const std::string& id) {
  return TellLogStory(
      [&](const auto& visit) {
        for (const std::string& line : lines) visit(line);
      },
      id);
}

std::string Line(const std::string& second, const std::string& severity, const std::string& service,
                 const std::string& trace, const std::string& event) {
  return "{\"time\":\"2026-01-05T08:00:" + second + ".000000Z\",\"severity\":\"" + severity +
         "\",\"service\":\"" + service + "\",\"trace_id\":\"" + trace + "\",\"event\":\"" + event +
         "\"}";
}

std::vector<std::string> Events(const std::vector<LogLine>& lines) {
  std::vector<std::string> events;
  for (const LogLine& line : lines) events.push_back(line.service + " " + line.event);
  return events;
}

TEST(LogLine, HasWhatEveryLineSaysAndTheRestInItsOrder) {
  const auto line = ParseLogLine(kFailed);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->time,
            absl::FromCivil(absl::CivilSecond(2026, 1, 5, 8, 0, 10), absl::UTCTimeZone()));
  EXPECT_EQ(line->severity + line->service + line->trace_id + line->event,
            "ERRORriskt1call failed");
  EXPECT_THAT(line->fields,
              ElementsAre(Pair("id", "e1"), Pair("method", "/m"), Pair("cause", "INTERNAL: x"),
                          Pair("attempt", "3"), Pair("last", "true")));
  EXPECT_EQ(line->json, kFailed);
}

TEST(LogLine, IsFoundBehindWhatOthersPutBeforeIt) {
  const auto line = ParseLogLine(std::string("[pod/risk-0/risk] 2026-01-05 ") + kFailed + "\r");
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->json, kFailed);
}

TEST(LogLine, IsNothingThatSaysNoTimeOrIsNoJson) {
  for (const char* text : {"", "Segmentation fault", "{", "{}", "{\"time\":1}", "[1]", "}{",
                           R"({"time":"yesterday","event":"x"})"})
    EXPECT_FALSE(ParseLogLine(text).has_value()) << text;
}

TEST(LogStory, HasAllLinesOfTheTraceOfAnErrorByTimeWhateverTheirOrderInTheLogs) {
  const LogStory story = StoryOf(
      {kFailed, Line("09", "DEBUG", "gateway", "t1", "call"),
       Line("09", "DEBUG", "gateway", "t2", "call"), Line("11", "INFO", "risk", "t1", "ended")},
      "e1");
  EXPECT_THAT(Events(story.told), ElementsAre("gateway call", "risk call failed", "risk ended"));
  EXPECT_THAT(story.meanwhile, IsEmpty());
}

TEST(LogStory, IsFoundByItsTraceToo) {
  EXPECT_THAT(Events(StoryOf({kFailed}, "t1").told), ElementsAre("risk call failed"));
}

TEST(LogStory, HasWhatWentWrongElsewhereWithinFiveSeconds) {
  const LogStory story = StoryOf(
      {Line("04", "ERROR", "review", "", "too early"), Line("05", "WARNING", "review", "", "just"),
       Line("12", "INFO", "review", "", "nothing wrong"), kFailed,
       Line("15", "ERROR", "supervision", "t3", "still"),
       Line("16", "ERROR", "review", "", "late")},
      "e1");
  EXPECT_THAT(Events(story.meanwhile), ElementsAre("review just", "supervision still"));
}

TEST(LogStory, IsEmptyForAnIdThatOnlyOccursInsideOfAnotherText) {
  const LogStory story = StoryOf({kFailed}, "call failed");
  EXPECT_THAT(story.told, IsEmpty());
  EXPECT_THAT(story.meanwhile, IsEmpty());
}

}  // namespace
}  // namespace qinglian::ctl
