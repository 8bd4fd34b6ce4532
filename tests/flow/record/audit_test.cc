// "Who read this person, and why": asked by an auditor, with the command he is given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/flow/ctl/qlctl.h"
#include "tests/flow/record/registry.h"
#include "tests/support/identity_number.h"

namespace qinglian::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class Audit : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    registry_ = new RecordedRegistry();
    organization_ = registry_->MakeOrganization("财政厅");
    custodian_ = registry_->MakePerson(organization_, "A-1");
    clerk_ = registry_->MakePerson(organization_, "A-2");
    registry_->system().Grant(kAdministrator, "roles/auditor");
    registry_->system().Grant(custodian_, "roles/custodian", organization_);
    registry_->system().Grant(clerk_, "roles/organ", organization_);
  }
  static void TearDownTestSuite() { delete registry_; }

  // As the auditor.
  static Said Search(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"journal", "search"});
    return Qlctl(registry_->system().CtlFlags(), std::move(arguments));
  }

  static RecordedRegistry* registry_;
  static std::string organization_, custodian_, clerk_;
};

RecordedRegistry* Audit::registry_ = nullptr;
std::string Audit::organization_, Audit::custodian_, Audit::clerk_;

TEST_F(Audit, TellsWhoReadAPersonAndWhy) {
  const std::string person = registry_->MakePerson(organization_, "P-1", IdentityNumberOf(1));
  const auto revealed = registry_->Reveal(person, custodian_, "核对任职资格");
  ASSERT_TRUE(revealed.ok()) << revealed.status();
  EXPECT_EQ(revealed->identity_number(), IdentityNumberOf(1));
  organization::v1::GetPersonRequest get;
  get.set_name(person);
  ASSERT_TRUE(
      registry_->Call<organization::v1::Person>("PersonService/GetPerson", get, clerk_).ok());
  const Said said = Search({"--resource=" + person, "--operation=read"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out,
              AllOf(HasSubstr(custodian_), HasSubstr("RevealIdentityNumber"),
                    HasSubstr("核对任职资格"), HasSubstr(clerk_), HasSubstr("GetPerson")));
  EXPECT_THAT(said.out, Not(HasSubstr(IdentityNumberOf(1))));
  const Said json = Search({"--actor=" + clerk_, "--resource=" + person, "--output=json"});
  ASSERT_EQ(json.code, 0) << json.err;
  ASSERT_THAT(json.Objects(), SizeIs(1));
  EXPECT_EQ(Text(json.Objects()[0], "operation"), "OPERATION_READ");
}

TEST_F(Audit, TellsWhoTriedWhatHeMayNotDo) {
  const std::string person = registry_->MakePerson(organization_, "P-2", IdentityNumberOf(2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(absl::IsPermissionDenied(registry_->Reveal(person, clerk_, "好奇").status()));
  }
  // What has not been written by then is written at the end.
  registry_->Restart();
  const Said said = Search({"organization", "--actor=" + clerk_, "--operation=refused"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, AllOf(HasSubstr("RevealIdentityNumber"), HasSubstr("3 times")));
}

TEST_F(Audit, IsForAuditors) {
  const Said said = Qlctl(registry_->system().CtlFlags(),
                          {"journal", "search", "--staff_number=A-2", "--resource=" + clerk_});
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.err, HasSubstr("PERMISSION_DENIED"));
}

// Readings and refusals are links of the chain as changes are.
TEST_F(Audit, ReadsAJournalThatStillVerifies) {
  registry_->Restart();
  const System& system = registry_->system();
  const Said said = Qlctl(
      {}, {"journal", "verify", "organization", "--mysql=" + system.database("organization").url(),
           "--checkpoint_dir=" + system.folder() + "/organization",
           "--key_file=" + system.folder() + "/key"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("positions verified"));
}

TEST_F(Audit, AnswersAMistakeWithOneLine) {
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--since=yesterday"},
                                                {"--operation=seen"},
                                                {"nothing"},
                                                {"--limit=0"},
                                                {"--resource=things/1"}}) {
    const Said said = Search(wrong);
    EXPECT_EQ(said.code, 2) << wrong[0] << said.out;
    EXPECT_EQ(std::count(said.err.begin(), said.err.end(), '\n'), 1) << said.err;
  }
}

TEST_F(Audit, FindsOnlyTheTimeAskedFor) {
  registry_->MakePerson(organization_, "P-3");
  EXPECT_THAT(Search({"--until=2020-01-01"}).out, HasSubstr("nothing found"));
  EXPECT_THAT(Search({"--since=2020-01-01", "--limit=1"}).out, HasSubstr("there is more"));
}

}  // namespace
}  // namespace qinglian::test
