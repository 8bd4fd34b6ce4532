#include "common/log/log.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

#include "common/status/status.h"

namespace qinglian::log {
namespace {

using ::google::protobuf::Struct;

class Log : public testing::Test {
 protected:
  void SetUp() override {
    std::remove(file_.c_str());
    ASSERT_TRUE(Configure({.service = "risk", .level = Severity::kInfo, .file = file_}).ok());
  }
  void TearDown() override {
    EXPECT_TRUE(Configure({}).ok());
    std::remove(file_.c_str());
  }

  std::vector<std::string> Lines() const {
    std::ifstream file(file_);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
  }
  // Every line read back with a JSON parser that is not ours.
  std::vector<Struct> Parsed() const {
    std::vector<Struct> parsed;
    for (const std::string& line : Lines()) {
      EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &parsed.emplace_back()).ok())
          << line;
    }
    return parsed;
  }
  Struct One() const {
    const auto parsed = Parsed();
    EXPECT_EQ(parsed.size(), 1u);
    return parsed.empty() ? Struct() : parsed[0];
  }

  const std::string file_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".log";
};

std::string TextOf(const Struct& line, const std::string& key) {
  const auto found = line.fields().find(key);
  return found == line.fields().end() ? "(absent)" : found->second.string_value();
}

TEST_F(Log, ALineIsOneJsonObjectWithTypedFields) {
  Info("opened", {{"peer", "organization"},
                  {"attempt", 3},
                  {"bytes", std::numeric_limits<uint64_t>::max()},
                  {"ready", true},
                  {"ratio", 0.25},
                  {"wait_seconds", absl::Milliseconds(1500)},
                  {"until", absl::UnixEpoch()},
                  {"error", status::Error(status::kBatchEmpty)}});
  const Struct line = One();
  EXPECT_EQ(TextOf(line, "severity"), "INFO");
  EXPECT_EQ(TextOf(line, "service"), "risk");
  EXPECT_EQ(TextOf(line, "event"), "opened");
  EXPECT_EQ(TextOf(line, "peer"), "organization");
  EXPECT_EQ(line.fields().at("attempt").number_value(), 3);
  EXPECT_TRUE(line.fields().at("ready").bool_value());
  EXPECT_EQ(line.fields().at("ratio").number_value(), 0.25);
  EXPECT_EQ(line.fields().at("wait_seconds").number_value(), 1.5);
  EXPECT_EQ(TextOf(line, "until"), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(TextOf(line, "error"), "INVALID_ARGUMENT: The batch is empty.");
  EXPECT_THAT(TextOf(line, "time"), testing::MatchesRegex("....-..-..T..:..:..[.]......Z"));
  EXPECT_THAT(Lines()[0], testing::HasSubstr("\"bytes\":18446744073709551615"));
}

TEST_F(Log, NoValueCanForgeALine) {
  std::string evil = "a\n{\"severity\":\"ERROR\"}\r";
  evil.push_back('\0');
  evil += "\x1b[2J\x7f\"\\\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xff 清";
  Info("event\n", {{"k\n\"", evil}});
  ASSERT_EQ(Lines().size(), 1u);
  const std::string written = Lines()[0];
  for (const char c : written) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
  EXPECT_THAT(Lines()[0], testing::Not(testing::HasSubstr("\xe2\x80")));
  const Struct line = One();
  EXPECT_EQ(TextOf(line, "severity"), "INFO");
  std::string readable = evil;
  readable[readable.find('\xff')] = '?';
  EXPECT_EQ(TextOf(line, "k\n\""), readable);
}

TEST_F(Log, AFieldCannotTakeTheNameOfTheLinesOwn) {
  Info("e", {{"severity", "x"}, {"time", "y"}, {"event", "z"}, {"service", "s"}});
  const Struct line = One();
  EXPECT_EQ(TextOf(line, "severity"), "INFO");
  EXPECT_EQ(TextOf(line, "severity_"), "x");
  EXPECT_EQ(TextOf(line, "event"), "e");
  EXPECT_EQ(TextOf(line, "event_"), "z");
}

TEST_F(Log, LongValuesAreCut) {
  Info("e", {{"long", std::string(100'000, 'x')}});
  EXPECT_LT(Lines()[0].size(), 5'000u);
}

TEST_F(Log, NumbersThatJsonLacksAreTexts) {
  Info("e", {{"nan", std::nan("")}, {"inf", -std::numeric_limits<double>::infinity()}});
  EXPECT_EQ(TextOf(One(), "nan"), "NaN");
  EXPECT_EQ(TextOf(One(), "inf"), "-Infinity");
}

TEST_F(Log, WhatIsLessSevereThanTheLevelIsNotWritten) {
  Debug("no");
  EXPECT_FALSE(Enabled(Severity::kDebug));
  ASSERT_TRUE(Configure({.service = "risk", .level = Severity::kError, .file = file_}).ok());
  Warning("no");
  Error("yes");
  EXPECT_EQ(TextOf(One(), "event"), "yes");
  EXPECT_EQ(TextOf(One(), "severity"), "ERROR");
}

TEST_F(Log, LinesCarryTheTraceOfTheInnermostScope) {
  Info("none");
  {
    const TraceScope outer("aaaa");
    {
      const TraceScope inner("bbbb");
      Info("inner");
    }
    Info("outer");
    Info("own", {{"trace_id", "cccc"}});
    std::thread([] { Info("thread"); }).join();
  }
  const auto lines = Parsed();
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(TextOf(lines[0], "trace_id"), "(absent)");
  EXPECT_EQ(TextOf(lines[1], "trace_id"), "bbbb");
  EXPECT_EQ(TextOf(lines[2], "trace_id"), "aaaa");
  EXPECT_EQ(TextOf(lines[3], "trace_id"), "cccc");
  EXPECT_EQ(TextOf(lines[4], "trace_id"), "(absent)");
}

TEST_F(Log, LinesOfManyThreadsDoNotMix) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 200; ++i) Info("e", {{"thread", t}, {"text", std::string(1000, 'x')}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Parsed().size(), 800u);
}

TEST_F(Log, AFileThatCannotBeOpenedIsAnErrorAndChangesNothing) {
  EXPECT_EQ(status::ReasonOf(Configure({.file = file_ + "/no/such/folder"})), "IO_FAILED");
  Info("still here");
  EXPECT_EQ(TextOf(One(), "service"), "risk");
}

TEST(LogValue, AProtobufMessageOrAPointerCannotBeLogged) {
  static_assert(!std::is_constructible_v<Value, const Struct&>);
  static_assert(!std::is_constructible_v<Value, const Struct*>);
  static_assert(!std::is_constructible_v<Value, const google::protobuf::MessageLite&>);
  static_assert(!std::is_constructible_v<Value, const int*>);
  static_assert(std::is_constructible_v<Value, const char*>);
}

TEST(LogSeverity, IsReadInLowerCase) {
  EXPECT_EQ(ParseSeverity("warning"), Severity::kWarning);
  EXPECT_EQ(ParseSeverity("WARNING"), std::nullopt);
  EXPECT_EQ(ParseSeverity(""), std::nullopt);
}

}  // namespace
}  // namespace qinglian::log
