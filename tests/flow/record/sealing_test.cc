// Sealing keys as an operator changes them: with his commands, while persons are registered and
// looked up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/flow/record/registry.h"
#include "tests/support/identity_number.h"

namespace qinglian::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class SealCommands : public testing::Test {
 protected:
  static void SetUpTestSuite() { registry_ = new RecordedRegistry(); }
  static void TearDownTestSuite() { delete registry_; }

  static Said Seal(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "seal");
    return Qlctl(registry_->system().CtlFlags(), std::move(arguments));
  }
  // The administrator may rotate from here on.
  static void MakeOperator() {
    if (Seal({"status"}).code != 0) registry_->system().Grant(kAdministrator, "roles/operator");
  }
  static std::string KeyFile() { return registry_->system().folder() + "/sealing.key"; }

  static RecordedRegistry* registry_;
};

RecordedRegistry* SealCommands::registry_ = nullptr;

TEST_F(SealCommands, BringEveryValueUnderANewKeyWhileItServes) {
  constexpr int kPersons = 10;
  const std::string organization = registry_->MakeOrganization("财政厅");
  std::vector<std::string> persons;
  for (int i = 0; i < kPersons; ++i) {
    persons.push_back(
        registry_->MakePerson(organization, absl::StrCat("S-", i), IdentityNumberOf(i)));
  }
  const std::string custodian = registry_->MakePerson(organization, "S-custodian");
  registry_->system().Grant(custodian, "roles/custodian", organization);
  EXPECT_THAT(Seal({"rotate"}).err, HasSubstr("PERMISSION_DENIED"));
  MakeOperator();

  const Said made = Seal({"make-key", KeyFile()});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, HasSubstr("version 2"));
  // The service takes it up by itself.
  const absl::Time until = absl::Now() + absl::Seconds(30);
  while (!absl::StrContains(Seal({"status"}).out, "sealed under version 2") && absl::Now() < until)
    absl::SleepFor(absl::Milliseconds(100));
  EXPECT_THAT(Seal({"status"}).out, HasSubstr("1        10"));
  const Said rotated = Seal({"rotate"});
  ASSERT_EQ(rotated.code, 0) << rotated.err;
  EXPECT_THAT(rotated.out, HasSubstr("10 values brought under version 2"));
  EXPECT_THAT(Seal({"status"}).out, HasSubstr("2        10"));
  for (int i = 0; i < kPersons; ++i) {
    const auto revealed = registry_->Reveal(persons[i], custodian, "核对身份");
    ASSERT_TRUE(revealed.ok()) << revealed.status();
    EXPECT_EQ(revealed->identity_number(), IdentityNumberOf(i));
  }
  EXPECT_THAT(Seal({"rotate"}).out, HasSubstr("0 values"));
}

TEST_F(SealCommands, FailNoCallOfThoseWhoRegisterAndRevealWhileAKeyTakesThePlaceOfAnother) {
  MakeOperator();
  const std::string organization = registry_->MakeOrganization("教育厅");
  const std::string person = registry_->MakePerson(organization, "R-0", IdentityNumberOf(100));
  const std::string custodian = registry_->MakePerson(organization, "R-custodian");
  registry_->system().Grant(custodian, "roles/custodian", organization);
  std::atomic<bool> over{false};
  std::atomic<int> revealed{0};
  std::vector<std::string> registered;
  std::thread revealer([&] {
    for (; !over; ++revealed) {
      const auto number = registry_->Reveal(person, custodian, "核对身份");
      ASSERT_TRUE(number.ok()) << number.status();
      EXPECT_EQ(number->identity_number(), IdentityNumberOf(100));
    }
  });
  std::thread registrar([&] {
    for (int i = 101; !over && i < 1'000; ++i) {
      registered.push_back(
          registry_->MakePerson(organization, absl::StrCat("R-", i), IdentityNumberOf(i)));
      absl::SleepFor(absl::Milliseconds(10));
    }
  });
  const Said made = Seal({"make-key", KeyFile()});
  EXPECT_EQ(made.code, 0) << made.err;
  // Until the service has taken it up and nothing is left under the old one.
  const std::string version = made.out.substr(made.out.find("version"), 9);
  const absl::Time until = absl::Now() + absl::Seconds(30);
  while (!absl::StrContains(Seal({"status"}).out, "sealed under " + version) && absl::Now() < until)
    absl::SleepFor(absl::Milliseconds(100));
  EXPECT_EQ(Seal({"rotate"}).code, 0);
  EXPECT_THAT(Seal({"rotate"}).out, HasSubstr("0 values"));
  over = true;
  revealer.join();
  registrar.join();
  EXPECT_GT(revealed, 10);
  EXPECT_GT(registered.size(), 10u);
  for (size_t i = 0; i < registered.size(); ++i) {
    const auto number = registry_->Reveal(registered[i], custodian, "核对身份");
    ASSERT_TRUE(number.ok()) << number.status();
    EXPECT_EQ(number->identity_number(), IdentityNumberOf(101 + static_cast<int>(i)));
  }
}

TEST_F(SealCommands, MakeAFileForItsOwnerAloneAndSpoilNoOther) {
  const std::string file = registry_->system().folder() + "/another.key";
  ASSERT_EQ(Seal({"make-key", file}).code, 0);
  struct stat status {};
  ASSERT_EQ(stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  std::ofstream(file, std::ios::trunc) << "a letter to the operator\n";
  const Said refused = Seal({"make-key", file});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, Not(HasSubstr("letter")));
  std::string kept;
  std::getline(std::ifstream(file), kept);
  EXPECT_EQ(kept, "a letter to the operator");
}

TEST_F(SealCommands, AnswerAMistakeWithOneLine) {
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{}, {"rotate", "now"}, {"make-key"}, {"open"}}) {
    const Said said = Seal(wrong);
    EXPECT_EQ(said.code, 2) << said.out;
    EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
  }
}

}  // namespace
}  // namespace qinglian::test
