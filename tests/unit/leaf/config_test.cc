#include "common/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/flags/reflection.h"
#include "absl/time/time.h"
#include "common/status/status.h"

ABSL_FLAG(std::string, listen_address, "127.0.0.1:1", "Where calls are taken.");
ABSL_FLAG(int32_t, workers, 16, "How many workers.");
ABSL_FLAG(bool, reflection, false, "Whether to describe itself.");
ABSL_FLAG(bool, describe_itself, false, "Whether to describe itself, in a name of two words.");
ABSL_FLAG(absl::Duration, drain, absl::Seconds(5), "How long to drain.");

namespace qinglian::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Config : public testing::Test {
 protected:
  void TearDown() override {
    std::remove(file_.c_str());
    for (const std::string& name : variables_) unsetenv(name.c_str());
  }
  void Set(const std::string& variable, const std::string& value) {
    setenv(variable.c_str(), value.c_str(), 1);
    variables_.push_back(variable);
  }
  std::string Write(const std::string& text) {
    std::ofstream(file_) << text;
    return "--config=" + file_;
  }
  absl::StatusOr<Request> Try(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "program");
    kept_ = std::move(arguments);
    pointers_.clear();
    for (std::string& argument : kept_) pointers_.push_back(argument.data());
    pointers_.push_back(nullptr);
    int argc = static_cast<int>(kept_.size());
    char** argv = pointers_.data();
    const auto result = Load(&argc, &argv);
    rest_.assign(argv, argv + argc);
    return result;
  }
  // The one line of the error.
  std::string ErrorOf(std::vector<std::string> arguments) {
    const absl::Status status = Try(std::move(arguments)).status();
    EXPECT_EQ(status::ReasonOf(status), "CONFIG_INVALID");
    const std::string message(status.message());
    EXPECT_THAT(message, Not(HasSubstr("\n")));
    EXPECT_THAT(message, Not(HasSubstr("s3cret")));
    return message;
  }

  const absl::FlagSaver saver_;
  const std::string file_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".conf";
  std::vector<std::string> variables_;
  std::vector<std::string> kept_;
  std::vector<char*> pointers_;
  std::vector<std::string> rest_;
};

TEST_F(Config, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const std::string config =
      Write("# settings\n\nlisten_address = file:1\n  workers=3  \n drain = 1m\n");
  Set("QINGLIAN_LISTEN_ADDRESS", "environment:1");
  Set("QINGLIAN_WORKERS", "4");
  ASSERT_TRUE(Try({config, "--listen_address=flag:1"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_listen_address), "flag:1");
  EXPECT_EQ(absl::GetFlag(FLAGS_workers), 4);
  EXPECT_EQ(absl::GetFlag(FLAGS_drain), absl::Minutes(1));
  EXPECT_FALSE(absl::GetFlag(FLAGS_reflection));
}

TEST_F(Config, TheEnvironmentMayNameTheFile) {
  Write("workers = 7\n");
  Set("QINGLIAN_CONFIG", file_);
  ASSERT_TRUE(Try({}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_workers), 7);
}

TEST_F(Config, ValuesMayHoldEqualsSignsAndHashes) {
  ASSERT_TRUE(Try({Write("listen_address = a=b # c\n")}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_listen_address), "a=b # c");
  ASSERT_TRUE(Try({"--listen_address=c=d"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_listen_address), "c=d");
}

TEST_F(Config, WhatIsNoFlagIsLeftToTheProgram) {
  ASSERT_TRUE(
      Try({"migrate", "--workers", "5", "-", "--reflection", "now", "--", "--workers=9"}).ok());
  EXPECT_THAT(rest_, testing::ElementsAre("program", "migrate", "-", "now", "--workers=9"));
  EXPECT_EQ(absl::GetFlag(FLAGS_workers), 5);
  EXPECT_TRUE(absl::GetFlag(FLAGS_reflection));
  ASSERT_TRUE(Try({"--noreflection"}).ok());
  EXPECT_FALSE(absl::GetFlag(FLAGS_reflection));
}

TEST_F(Config, AFlagMayBeTypedWithDashes) {
  ASSERT_TRUE(Try({"--listen-address=a-b:1", "--describe-itself"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_listen_address), "a-b:1") << "the value is left alone";
  EXPECT_TRUE(absl::GetFlag(FLAGS_describe_itself));
  ASSERT_TRUE(Try({"--no-describe-itself", "--listen-address", "c-d:1"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_listen_address), "c-d:1");
  EXPECT_FALSE(absl::GetFlag(FLAGS_describe_itself));
  EXPECT_THAT(ErrorOf({"--describe-others=s3cret"}), HasSubstr("unknown flag --describe-others,"));
  EXPECT_THAT(ErrorOf({"--no-listen-address"}), HasSubstr("--no-listen-address"));
}

TEST_F(Config, AnUnknownSettingIsAnErrorWhereverItStands) {
  EXPECT_THAT(ErrorOf({"--wrokers=s3cret"}), HasSubstr("unknown flag --wrokers,"));
  EXPECT_THAT(ErrorOf({"--wro\nkers"}), HasSubstr("--wro?kers"));
  EXPECT_THAT(ErrorOf({"--noworkers"}), HasSubstr("--noworkers"));
  EXPECT_THAT(ErrorOf({"-workers=s3cret"}), HasSubstr("two dashes"));
  EXPECT_THAT(ErrorOf({Write("workers = 1\nwrokers = s3cret\n")}), HasSubstr("line 2: wrokers"));
  EXPECT_THAT(ErrorOf({Write("config = s3cret\n")}), HasSubstr("line 1: config"));
  Set("QINGLIAN_WROKERS", "s3cret");
  EXPECT_THAT(ErrorOf({}), HasSubstr("QINGLIAN_WROKERS"));
}

TEST_F(Config, AValueOfTheWrongTypeIsAnErrorThatDoesNotRepeatIt) {
  EXPECT_THAT(ErrorOf({"--workers=s3cret"}), HasSubstr("--workers"));
  EXPECT_THAT(ErrorOf({Write("drain = s3cret\n")}), HasSubstr("drain in"));
  Set("QINGLIAN_WORKERS", "s3cret");
  EXPECT_THAT(ErrorOf({}), HasSubstr("QINGLIAN_WORKERS"));
}

TEST_F(Config, AFileMustBeReadableAndWellFormed) {
  EXPECT_THAT(ErrorOf({"--config=/no/such/file"}), HasSubstr("/no/such/file"));
  EXPECT_THAT(ErrorOf({"--workers"}), HasSubstr("--workers needs a value"));
  EXPECT_THAT(ErrorOf({Write("workers 3 s3cret\n")}), HasSubstr("line 1 is not"));
  EXPECT_THAT(ErrorOf({Write("workers=3\nworkers=4\n")}), HasSubstr("second time"));
}

TEST_F(Config, VariablesOfTestsAreLeftAlone) {
  Set("QINGLIAN_TEST_DATABASE", "anything");
  EXPECT_TRUE(Try({}).ok());
}

TEST_F(Config, HelpAndVersionAreAskedForBeforeAnythingElseIsJudged) {
  Set("QINGLIAN_WROKERS", "1");
  EXPECT_EQ(*Try({"--help"}), Request::kHelp);
  EXPECT_EQ(*Try({"-h"}), Request::kHelp);
  EXPECT_EQ(*Try({"--version"}), Request::kVersion);
  EXPECT_FALSE(Version().empty());
}

TEST_F(Config, HelpNamesEveryFlagWithDefaultAndVariable) {
  const std::string help = Help("program: does it.");
  EXPECT_THAT(help, testing::StartsWith("program: does it.\n"));
  EXPECT_THAT(help, HasSubstr("  --listen_address  (QINGLIAN_LISTEN_ADDRESS, default 127.0.0.1:1)\n"
                              "      Where calls are taken.\n"));
  EXPECT_THAT(help, HasSubstr("--config  (QINGLIAN_CONFIG, default empty)"));
  EXPECT_THAT(help, HasSubstr("--drain  (QINGLIAN_DRAIN, default 5s)"));
  EXPECT_THAT(help, Not(HasSubstr("flagfile")));
}

TEST(ConfigDeathTest, AWrongSettingExitsWithTwo) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto run = [](std::string argument) {
    std::string name = "program";
    char* arguments[] = {name.data(), argument.data(), nullptr};
    int argc = 2;
    char** argv = arguments;
    LoadOrExit(&argc, &argv, "usage");
  };
  EXPECT_EXIT(run("--nonsense"), testing::ExitedWithCode(2), "unknown flag --nonsense");
  EXPECT_EXIT(run("--help"), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace qinglian::config
