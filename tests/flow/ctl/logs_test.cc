// The story of an INTERNAL answer, as the operator finds it who was given nothing but its id.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// An organization service that lost the table of persons.
class LogsCommand : public testing::Test {
 protected:
  LogsCommand() { system_.database("organization").Run("RENAME TABLE persons TO lost_persons"); }

  // The id that a caller is told when he asks for persons.
  std::string Told() const {
    const Said said = Qlctl(system_.CtlFlags(), {"list", "persons"});
    EXPECT_EQ(said.code, 1);
    EXPECT_THAT(said.err, Not(HasSubstr("lost")));
    std::smatch found;
    if (!std::regex_search(said.err, found, std::regex("[0-9a-f]{16,}"))) ADD_FAILURE() << said.err;
    return found.str();
  }

  static Said Explain(const std::string& id, const std::string& place,
                      const std::string& output = "table") {
    return Qlctl({}, {"logs", "explain", id, place, "--output=" + output});
  }

  System system_{{"organization"}};
};

TEST_F(LogsCommand, ExplainsAnInternalAnswerByItsId) {
  const Said said = Explain(Told(), system_.folder());
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out,
              AllOf(HasSubstr("organization  ERROR  call failed"), HasSubstr("ListPersons"),
                    HasSubstr("database: "), HasSubstr("doesn't exist")));
}

TEST_F(LogsCommand, TellsProgramsTheLinesAsTheyAre) {
  const Said said = Explain(Told(), system_.folder() + "/organization.log", "json");
  ASSERT_EQ(said.code, 0) << said.err;
  const auto objects = said.Objects();
  ASSERT_EQ(objects.size(), 1u);
  const auto& told = objects[0].fields().at("told").list_value();
  ASSERT_EQ(told.values_size(), 1);
  EXPECT_EQ(Text(told.values(0).struct_value(), "event"), "call failed");
}

TEST_F(LogsCommand, SaysInOneLineThatNothingIsKnownOrNothingCanBeRead) {
  Said said = Explain("0123456789abcdef", system_.folder());
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.err, "qlctl: no line of these logs is about 0123456789abcdef\n");
  const std::string nowhere = system_.folder() + "/nowhere";
  said = Explain("0123456789abcdef", nowhere);
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.err, absl::StrCat("qlctl: cannot read ", nowhere, "\n"));
}

}  // namespace
}  // namespace qinglian::test
