// Every resource of every service can be listed, got and looked back at, whatever its methods are
// called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/substitute.h"
#include "services/ctl/contract.h"
#include "services/ctl/year/year.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A system in which the year of the demonstration was played.
class Walk : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = new System(System::AllServices());
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    ASSERT_EQ(Ctl({"import", "divisions", data + "divisions.csv"}).code, 0);
    ASSERT_EQ(Ctl({"import", "organizations", data + "organizations.csv"}).code, 0);
    const Said year =
        Ctl({"demo", "year", "--demonstration_clock=" + system_->clock_file(), "--timeout=60s"});
    ASSERT_EQ(year.code, 0) << year.out << year.err;
    MakeDelegation();
  }
  static void TearDownTestSuite() { delete system_; }

  // As the administrator.
  static Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_->CtlFlags(), std::move(arguments));
  }
  // As the auditor of the story, who sees everything.
  static Said Look(std::vector<std::string> arguments) {
    arguments.push_back(absl::StrCat("--staff_number=", ctl::kAuditorNumber));
    return Ctl(std::move(arguments));
  }

  // What the year leaves out.
  static void MakeDelegation() {
    const auto person = [](const char* staff_number) {
      return Text(Ctl({"list", "persons", "--output=json",
                       absl::StrCat("--filter=staff_number = \"", staff_number, "\"")})
                      .Objects()
                      .at(0),
                  "name");
    };
    const Said made = Ctl({"call", "DelegationService.CreateDelegation",
                           absl::Substitute(R"({"delegation": {"delegator": "$0", "delegate": "$1",
                               "first_date": {"year": 2026, "month": 1, "day": 1},
                               "last_date": {"year": 2026, "month": 1, "day": 31},
                               "reason": "休假"}})",
                                            person("DEMO-0001"), person("DEMO-0002"))});
    ASSERT_EQ(made.code, 0) << made.err;
  }

  // The collections of the services that run.
  static std::vector<std::string> Collections() {
    const std::vector<std::string> services = System::AllServices();
    std::vector<std::string> collections;
    for (const std::string& collection : ctl::Collections()) {
      const std::string service = ctl::ServiceOf(**ctl::ResourceOf(collection));
      if (std::count(services.begin(), services.end(), service) > 0) {
        collections.push_back(collection);
      }
    }
    return collections;
  }

  static System* system_;
};

System* Walk::system_ = nullptr;

TEST_F(Walk, EveryCollectionIsListedAndItsResourcesAreGotWithTheirHistory) {
  ASSERT_THAT(Collections(), Contains("cases"));
  for (const std::string& collection : Collections()) {
    const Said listed = Look({"list", collection, "--limit=3", "--output=json"});
    ASSERT_EQ(listed.code, 0) << collection << ": " << listed.err;
    const auto resources = listed.Objects();
    ASSERT_THAT(resources, Not(IsEmpty())) << collection << ": the year leaves none";
    EXPECT_LE(resources.size(), 3u);
    const std::string name = Text(resources[0], "name");
    EXPECT_EQ(name.substr(0, name.find('/')), collection);

    const Said got = Look({"get", name, "--output=json"});
    ASSERT_EQ(got.code, 0) << name << ": " << got.err;
    EXPECT_EQ(Text(got.Objects().at(0), "name"), name);
    EXPECT_THAT(Look({"get", name}).out, HasSubstr("name: " + name));
    EXPECT_THAT(Look({"list", collection}).out, HasSubstr(name.substr(0, name.find('/'))));

    const Said history = Look({"history", name, "--output=json"});
    for (const auto& change : history.Objects()) EXPECT_EQ(Text(change, "resource"), name);
    if (collection == "calendarDays" || collection == "caseCategories") {
      // They begin as data of a migration: nobody has changed them yet.
      EXPECT_THAT(history.err, HasSubstr("RESOURCE_NOT_FOUND")) << name;
    } else {
      EXPECT_THAT(history.Objects(), Not(IsEmpty())) << name << history.err;
    }
  }
}

TEST_F(Walk, SummaryCountsEveryCollection) {
  const Said summary = Look({"summary"});
  ASSERT_EQ(summary.code, 0) << summary.err;
  std::set<std::string> counted;
  for (const auto& line : absl::StrSplit(summary.out, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> cells = absl::StrSplit(line, ' ', absl::SkipEmpty());
    ASSERT_EQ(cells.size(), 3u) << line;
    if (cells[2] != "0") counted.insert(cells[1]);
  }
  for (const std::string& collection : Collections()) {
    EXPECT_THAT(counted, Contains(collection));
  }
}

TEST_F(Walk, PendingAsksEveryService) {
  // The year leaves something overdue for whoever looks at an organization.
  const Said organizations = Look({"list", "organizations", "--limit=500", "--output=json"});
  size_t waiting = 0;
  for (const auto& organization : organizations.Objects()) {
    const Said pending = Look({"pending", Text(organization, "name"), "--output=json"});
    ASSERT_EQ(pending.code, 0) << pending.err;
    waiting += pending.Objects().size();
    if (waiting > 0) break;
  }
  EXPECT_GT(waiting, 0u);
  const Said nobodys = Ctl({"pending"});
  EXPECT_EQ(nobodys.code, 2) << "a client holds no post";
  EXPECT_THAT(nobodys.err, HasSubstr("pending for whom?"));
}

}  // namespace
}  // namespace qinglian::test
