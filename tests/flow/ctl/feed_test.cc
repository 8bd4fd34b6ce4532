// What an operator sees of the feeds, and does about a change that a service cannot swallow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/flow/ctl/qlctl.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

using google::protobuf::Struct;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class FeedCommands : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    system_ = new System({"organization", "risk", "supervision"});
    for (const char* role : {"roles/operator", "roles/auditor"})
      system_->Grant(kAdministrator, role);
    const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
    ASSERT_EQ(Ctl({"import", "divisions", data + "divisions.csv"}).code, 0);
  }
  static void TearDownTestSuite() { delete system_; }

  static Said Ctl(std::vector<std::string> arguments) {
    return Qlctl(system_->CtlFlags(), std::move(arguments));
  }
  static Said Json(std::vector<std::string> arguments) {
    arguments.push_back("--output=json");
    return Ctl(std::move(arguments));
  }

  // Waits until `condition` holds, for as long as a loaded machine may take.
  static bool Eventually(const std::function<bool()>& condition) {
    const absl::Time until = absl::Now() + absl::Seconds(30);
    while (!condition()) {
      if (absl::Now() > until) return false;
      absl::SleepFor(absl::Milliseconds(100));
    }
    return true;
  }

  // What `feed status` says of risk's feed of the registry.
  static Struct Status() {
    for (Struct& object : Json({"feed", "status", "risk"}).Objects()) {
      if (Text(object, "feed") == "organization") return object;
    }
    return {};
  }
  static bool CaughtUp() {
    const Struct status = Status();
    return Text(status, "state") == "STATE_FOLLOWING" && !Text(status, "head").empty() &&
           Text(status, "position") == Text(status, "head");
  }

  // Makes an organization; answers its name.
  static std::string Create(const std::string& display_name) {
    const Said said = Json(
        {"call", "CreateOrganization",
         absl::StrCat(
             R"({"organization": {"display_name": ")", display_name,
             R"(", "kind": "KIND_PARTY_DEPARTMENT", "division": "divisions/33", "level": "LEVEL_PROVINCE"}})")});
    EXPECT_EQ(said.code, 0) << said.err;
    const auto objects = said.Objects();
    return objects.empty() ? "" : Text(objects[0], "name");
  }
  static void Rename(const std::string& name, const std::string& display_name) {
    const Said said = Ctl({"call", "UpdateOrganization",
                           absl::StrCat(R"({"organization": {"name": ")", name,
                                        R"(", "display_name": ")", display_name, R"("}})")});
    ASSERT_EQ(said.code, 0) << said.err;
  }

  // From now on risk cannot keep organizations whose name begins with 毒.
  static void Poison() {
    const auto connection = system_->database("risk").Open();
    for (const char* moment : {"INSERT", "UPDATE"}) {
      const absl::Status made = connection->Run(absl::StrCat(
          "CREATE TRIGGER poison_", moment, " BEFORE ", moment,
          " ON known_organizations FOR EACH ROW BEGIN IF NEW.display_name LIKE '毒%' THEN "
          "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'poison'; END IF; END"));
      ASSERT_TRUE(made.ok()) << made;
    }
  }
  static void Cure() {
    system_->database("risk").Run(
        "DROP TRIGGER IF EXISTS poison_INSERT; DROP TRIGGER IF EXISTS poison_UPDATE");
  }
  static std::string KnownName(const std::string& organization) {
    std::string id = organization.substr(organization.find('/') + 1);
    std::erase(id, '-');
    return system_->database("risk").Value(
        absl::StrCat("SELECT display_name FROM known_organizations WHERE id = UNHEX('", id, "')"));
  }
  static std::vector<Struct> Quarantined() {
    return Json({"feed", "quarantine", "list", "risk"}).Objects();
  }

  static System* system_;
};

System* FeedCommands::system_ = nullptr;

TEST_F(FeedCommands, StatusTellsOfEveryFeedHowFarItIsAndWhereTheOtherServiceEnds) {
  Create("省委办公厅");
  ASSERT_TRUE(Eventually(CaughtUp));
  const Struct status = Status();
  EXPECT_EQ(Text(status, "service"), "risk");
  EXPECT_NE(Text(status, "position"), "0");
  EXPECT_NE(Text(status, "lag"), "");
  std::vector<std::string> followed;
  for (const Struct& feed : Json({"feed", "status"}).Objects()) {
    followed.push_back(absl::StrCat(Text(feed, "service"), " ", Text(feed, "feed")));
  }
  EXPECT_THAT(followed,
              ElementsAre("risk organization", "risk supervision", "supervision organization"));
  const Said table = Ctl({"feed", "status"});
  EXPECT_EQ(table.code, 0);
  for (const char* word : {"position", "head", "lag", "quarantined", "FOLLOWING", "supervision"}) {
    EXPECT_THAT(table.out, HasSubstr(word));
  }
}

TEST_F(FeedCommands, APoisonChangeIsShownRetriedInVainAndAppliedOnceItsCauseIsGone) {
  Poison();
  const std::string name = Create("毒一号");
  ASSERT_TRUE(Eventually([] { return Quarantined().size() == 1; }));
  const std::string other = Create("不受影响的单位");
  EXPECT_TRUE(Eventually([&] { return KnownName(other) == "不受影响的单位"; }));
  Rename(name, "解毒一号");
  ASSERT_TRUE(Eventually([] { return Quarantined().size() == 2; })) << "the later one waits";
  EXPECT_EQ(Text(Quarantined()[0], "resource"), name);
  EXPECT_EQ(Text(Status(), "quarantined_count"), "2");

  const Said vain = Ctl({"feed", "quarantine", "retry", "risk", name});
  EXPECT_EQ(vain.code, 1);
  EXPECT_THAT(vain.err, HasSubstr("version 1 failed again"));
  Cure();
  const Said retried = Ctl({"feed", "quarantine", "retry", "risk", name});
  EXPECT_EQ(retried.code, 0) << retried.err;
  EXPECT_EQ(retried.out, "2 applied\n");
  EXPECT_EQ(KnownName(name), "解毒一号");
  EXPECT_THAT(Quarantined(), IsEmpty());
  EXPECT_EQ(Ctl({"feed", "quarantine", "retry", "risk", name}).code, 1) << "nothing waits";
}

TEST_F(FeedCommands, APoisonChangeIsSkippedForAReasonAndWhatWaitedBehindItIsApplied) {
  Poison();
  const std::string name = Create("毒二号");
  ASSERT_TRUE(Eventually([] { return Quarantined().size() == 1; }));
  Rename(name, "解毒二号");
  ASSERT_TRUE(Eventually([] { return Quarantined().size() == 2; }));
  const Said without = Ctl({"feed", "quarantine", "skip", "risk", name, "1"});
  EXPECT_EQ(without.code, 2) << "a reason is wanted";
  const Said skipped =
      Ctl({"feed", "quarantine", "skip", "risk", name, "1", "--reason=名称有误,已另行更正"});
  EXPECT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.out, HasSubstr("SKIPPED"));
  EXPECT_THAT(skipped.out, HasSubstr("名称有误,已另行更正"));
  EXPECT_TRUE(Eventually([&] { return KnownName(name) == "解毒二号"; }));
  EXPECT_THAT(Quarantined(), IsEmpty());
  const auto all = Json({"feed", "quarantine", "list", "risk", name, "--state=skipped"}).Objects();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(Text(all[0], "version"), "1");
  Cure();
}

TEST_F(FeedCommands, ARebuildBringsBackWhatTheProjectionLost) {
  const std::string name = Create("将被遗忘的单位");
  ASSERT_TRUE(Eventually([&] { return KnownName(name) == "将被遗忘的单位"; }));
  const Struct before = Status();
  system_->database("risk").Run("DELETE FROM known_organizations");
  const Said rebuilt = Ctl({"projection", "rebuild", "risk", "organization"});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
  ASSERT_TRUE(Eventually([&] { return KnownName(name) == "将被遗忘的单位"; }));
  ASSERT_TRUE(Eventually(CaughtUp));
  EXPECT_NE(Text(Status(), "snapshot_count"), Text(before, "snapshot_count"));
  EXPECT_EQ(Ctl({"projection", "rebuild", "risk", "review"}).code, 1) << "risk follows no review";
}

TEST_F(FeedCommands, StatusOfTheOthersIsShownWhileOneServiceIsDown) {
  system_->Stop("supervision", SIGTERM);
  const Said said = Ctl({"feed", "status"});
  system_->Start("supervision");
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.out, HasSubstr("UNREACHABLE"));
  EXPECT_THAT(said.out, HasSubstr("risk"));
  EXPECT_THAT(said.err, testing::StartsWith("qlctl: "));
}

}  // namespace
}  // namespace qinglian::test
