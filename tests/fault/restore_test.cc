// A schema brought back from the backups to a moment that is past: it stands where it stood then,
// its journal says so, and the services that had read further notice and know what it knows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "tests/fault/house.h"
#include "tests/support/mysql_server.h"

namespace qinglian::test {
namespace {

using testing::IsEmpty;

// A house on a server of its own with a full backup, and a server for what is restored.
class RestoreTest : public testing::Test {
 protected:
  RestoreTest() {
    EXPECT_TRUE(server_.Start());
    setenv("QINGLIAN_TEST_MYSQL_SOCKET", server_.socket().c_str(), 1);
    house_ = std::make_unique<House>();
    key_ = house_->system().folder() + "/backup.key";
    EXPECT_EQ(Run(absl::StrCat("make-key ", key_)), 0);
    EXPECT_EQ(Run(absl::StrCat("take --store=", store(), " --recipient=", key_, ".public --mysql='",
                               server(), "'")),
              0);
  }

  System& system() { return house_->system(); }
  std::string store() { return system().folder() + "/backups"; }
  std::string server() const {
    return absl::StrCat("mysql://$(id -un)@localhost/?socket=", server_.socket());
  }
  // Double quotes, for the user's name.
  int Run(const std::string& command) {
    std::string line = absl::StrCat(QINGLIAN_SOURCE_DIR "/deploy/backup/", command);
    for (char& c : line)
      if (c == '\'') c = '"';
    return std::system(line.c_str());
  }

  int Ship() {
    return Run(absl::StrCat("ship --store=", store(), " --checkpoints=", system().folder(),
                            " --mysql='", server(), "'"));
  }

  int Renew(const std::string& service) {
    return std::system(
        absl::Substitute(QINGLIAN_BINARY_DIR "/services/ctl/qlctl journal renew $0 --mysql='$1' "
                                             "--checkpoint_dir=$2/$0 --key_file=$2/key",
                         service, system().database(service).url(), system().folder())
            .c_str());
  }

  // Lets the second pass in which something was written; what is written afterwards was not before
  // the moment that is returned.
  absl::Time NextSecond() {
    const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()) + 1);
    while (absl::Now() < second) absl::SleepFor(absl::Milliseconds(10));
    return second;
  }

  // The procedure of deploy/README.md: ends the service, restores its schema, renews its journal,
  // starts it on the restored schema.
  void Restore(const std::string& service, absl::Time until) {
    system().Stop(service, SIGTERM);
    ASSERT_EQ(Ship(), 0);
    ASSERT_EQ(Run(absl::Substitute("check --store=$0 --key=$1 --max-age=600", store(), key_)), 0);
    ASSERT_EQ(
        Run(absl::Substitute("restore --store=$0 --key=$1 --into=$2 --until='$3' --schema=$4",
                             store(), key_, restored_.folder(),
                             absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", until, absl::UTCTimeZone()),
                             system().database(service).options().schema)),
        0);
    system().Rehouse(service, restored_.socket());
    ASSERT_EQ(Renew(service), 0);
    system().Start(service);
    EXPECT_NE(Renew(service), 0) << "renewed while a service writes";
  }

  std::string Create(const std::string& name) {
    return TextOf(*house_->Do("OrganizationService.CreateOrganization",
                              absl::Substitute(R"({"organization": {"display_name": "$0",
                                "parent": "$1", "kind": "KIND_GOVERNMENT_DEPARTMENT",
                                "division": "divisions/33", "level": "LEVEL_PROVINCE"}})",
                                               name, house_->organization())),
                  "name");
  }

  // What a follower knows of an organization.
  std::string Known(const std::string& service, const std::string& field, const std::string& name) {
    return system().database(service).Value(absl::Substitute(
        "SELECT $0 FROM known_organizations WHERE id = UNHEX(REPLACE('$1', '-', ''))", field,
        name.substr(name.find('/') + 1)));
  }
  std::string Snapshots(const std::string& service) {
    return system().database(service).Value(
        "SELECT generation FROM projections WHERE feed = 'organization'");
  }

  MysqlServer server_{"buffer_pool=128M binlog=on"};
  MysqlServer restored_;
  std::unique_ptr<House> house_;
  std::string key_;
};

TEST_F(RestoreTest, TheSecondBeforeATableWasDroppedComesBackAndThoseWhoWereAheadHeal) {
  const std::string kept = Create("恢复点之前");
  Load before(system(), house_->works(), 1);
  ASSERT_TRUE(before.AwaitProgress());
  before.Stop();
  const absl::Time until = NextSecond();
  const std::string lost = Create("恢复点之后");
  house_->Do(
      "OrganizationService.UpdateOrganization",
      absl::Substitute(R"({"organization": {"name": "$0", "display_name": "恢复点之后的名称"},
               "update_mask": "displayName"})",
                       kept));
  ASSERT_THAT(house_->Behind(), IsEmpty());
  ASSERT_EQ(Known("risk", "version", kept), "2");
  ASSERT_EQ(Known("risk", "state", lost), "STATE_ACTIVE");
  system().database("organization").Run("SET FOREIGN_KEY_CHECKS=0; DROP TABLE organizations");
  EXPECT_FALSE(house_->Reach(absl::Seconds(5), 0).ok());

  ASSERT_NO_FATAL_FAILURE(Restore("organization", until));

  EXPECT_THAT(house_->Behind(), IsEmpty());
  for (const char* service : {"risk", "supervision", "review"}) {
    EXPECT_EQ(Snapshots(service), "2") << service;
    EXPECT_EQ(Known(service, "version", kept), "1") << service;
    EXPECT_EQ(Known(service, "state", lost), "") << service;
  }
  EXPECT_THAT(before.Losses(), IsEmpty());
  EXPECT_EQ(house_->Reach(absl::Seconds(20), 10), absl::OkStatus());
  Load after(system(), house_->works(), 1);
  EXPECT_TRUE(after.AwaitProgress());
  after.Stop();
  EXPECT_THAT(after.complaints(), IsEmpty());
  EXPECT_THAT(after.Losses(), IsEmpty());
  EXPECT_THAT(house_->Behind(), IsEmpty());
  EXPECT_THAT(house_->BrokenJournals(), IsEmpty());
}

TEST_F(RestoreTest, AServiceThatIsItselfBroughtBackReadsItsFeedsOnFromWhereItWas) {
  Load before(system(), {house_->works()[1]}, 1);
  ASSERT_TRUE(before.AwaitProgress());
  before.Stop();
  const absl::Time until = NextSecond();
  const std::string later = Create("恢复点之后");
  ASSERT_THAT(house_->Behind(), IsEmpty());

  ASSERT_NO_FATAL_FAILURE(Restore("risk", until));

  EXPECT_THAT(house_->Behind(), IsEmpty());
  EXPECT_EQ(Snapshots("risk"), "1") << "it took a snapshot where the feed would have done";
  EXPECT_EQ(Known("risk", "state", later), "STATE_ACTIVE");
  EXPECT_THAT(before.Losses(), IsEmpty());
  Load after(system(), house_->works(), 1);
  EXPECT_TRUE(after.AwaitProgress());
  after.Stop();
  EXPECT_THAT(after.complaints(), IsEmpty());
  EXPECT_THAT(after.Losses(), IsEmpty());
  EXPECT_THAT(house_->BrokenJournals(), IsEmpty());
}

}  // namespace
}  // namespace qinglian::test
