// Every resource of every service can be listed, got and looked back at, whatever its methods are
// called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/ctl/contract.h"
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
  }
  static void TearDownTestSuite() { delete system_; }

  static Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_->gateway_address(), std::move(arguments));
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

  // Who may do what is no part of the year's story.
  static bool IsBesideTheYear(const std::string& collection) {
    return collection == "clients" || collection == "delegations" || collection == "roleBindings";
  }

  static System* system_;
};

System* Walk::system_ = nullptr;

TEST_F(Walk, EveryCollectionIsListedAndItsResourcesAreGotWithTheirHistory) {
  ASSERT_THAT(Collections(), Contains("cases"));
  for (const std::string& collection : Collections()) {
    const Said listed = Ctl({"list", collection, "--limit=3", "--output=json"});
    ASSERT_EQ(listed.code, 0) << collection << ": " << listed.err;
    const auto resources = listed.Objects();
    if (IsBesideTheYear(collection)) continue;
    ASSERT_THAT(resources, Not(IsEmpty())) << collection << ": the year leaves none";
    EXPECT_LE(resources.size(), 3u);
    const std::string name = Text(resources[0], "name");
    EXPECT_EQ(name.substr(0, name.find('/')), collection);

    const Said got = Ctl({"get", name, "--output=json"});
    ASSERT_EQ(got.code, 0) << name << ": " << got.err;
    EXPECT_EQ(Text(got.Objects().at(0), "name"), name);
    EXPECT_THAT(Ctl({"get", name}).out, HasSubstr("name: " + name));
    EXPECT_THAT(Ctl({"list", collection}).out, HasSubstr(name.substr(0, name.find('/'))));

    const Said history = Ctl({"history", name, "--output=json"});
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
  const Said summary = Ctl({"summary"});
  ASSERT_EQ(summary.code, 0) << summary.err;
  std::set<std::string> counted;
  for (const auto& line : absl::StrSplit(summary.out, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> cells = absl::StrSplit(line, ' ', absl::SkipEmpty());
    ASSERT_EQ(cells.size(), 3u) << line;
    if (cells[2] != "0") counted.insert(cells[1]);
  }
  for (const std::string& collection : Collections()) {
    if (IsBesideTheYear(collection)) continue;
    EXPECT_THAT(counted, Contains(collection));
  }
}

TEST_F(Walk, PendingAsksEveryService) {
  // The year leaves something overdue for whoever looks at an organization.
  const Said organizations = Ctl({"list", "organizations", "--limit=500", "--output=json"});
  size_t waiting = 0;
  for (const auto& organization : organizations.Objects()) {
    const Said pending = Ctl({"pending", Text(organization, "name"), "--output=json"});
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
