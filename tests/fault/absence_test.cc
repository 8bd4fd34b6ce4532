// Each service serves while any other is down, and what it missed arrives when that returns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "services/ctl/contract.h"
#include "services/ctl/import_commands.h"
#include "services/ctl/year/year.h"
#include "tests/fault/house.h"
#include "tests/support/identity.h"

namespace qinglian::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Makes what `work` is about, with one call.
absl::Status Make(const Work& work, const std::shared_ptr<grpc::Channel>& channel,
                  const rpc::CallOptions& options) {
  const auto method = ctl::FindMethod(absl::StrCat(work.type, "Service.Create", work.type));
  if (!method.ok()) return method.status();
  const auto made = ctl::NewMessage(*(*method)->output_type());
  return rpc::InvokeRaw(*channel, ctl::PathOf(**method), *RequestToCreate(work), *made, options);
}

// Through the door, which needs the registry to know who calls.
absl::Status Make(House& house, const Work& work) {
  return Make(work, house.system().channel(), house.system().As(work.caller));
}

// At the service itself.
absl::Status MakeBehindTheDoor(House& house, const Work& work) {
  return Make(work, rpc::Connect(house.system().address(work.service), {.own_connections = true}),
              CallAs(work.caller));
}

// Until the gateway has connected again.
void AwaitReachable(House& house, const std::string& service) {
  for (const Work& work : house.works()) {
    if (work.service != service) continue;
    EXPECT_TRUE(Eventually([&] { return MakeBehindTheDoor(house, work).ok(); }))
        << service << " does not come back";
  }
}

// One house for all: each test leaves it whole.
class Absence : public testing::Test {
 protected:
  static void SetUpTestSuite() { house_ = std::make_unique<House>(); }
  static void TearDownTestSuite() { house_.reset(); }

  static inline std::unique_ptr<House> house_;
};

TEST_F(Absence, EachServiceServesWhileAnyOtherIsDown) {
  House& house = *house_;
  for (const std::string& absent : Services()) {
    house.system().Stop(absent, SIGKILL);
    for (const Work& work : house.works()) {
      const absl::Status made = MakeBehindTheDoor(house, work);
      if (work.service == absent) {
        EXPECT_TRUE(absl::IsUnavailable(made)) << absent << " is down: " << made;
      } else {
        EXPECT_TRUE(made.ok()) << work.service << " while " << absent << " is down: " << made;
        EXPECT_TRUE(house.system().Serves(work.service))
            << work.service << " while " << absent << " is down";
      }
    }
    house.system().Start(absent);
    AwaitReachable(house, absent);
  }
  EXPECT_THAT(house.Behind(), IsEmpty());
}

TEST_F(Absence, WithoutTheRegistryTheDoorRefusesWithinItsLeaseAndOpensAgain) {
  House& house = *house_;
  const Work work = house.works().at(1);
  ASSERT_TRUE(Eventually([&] { return Make(house, work).ok(); }));
  house.system().Stop("organization", SIGKILL);
  EXPECT_TRUE(Eventually([&] { return status::Is(Make(house, work), status::kCallersUnknown); },
                         absl::Seconds(10)));
  EXPECT_TRUE(MakeBehindTheDoor(house, work).ok());
  house.system().Start("organization");
  EXPECT_TRUE(Eventually([&] { return Make(house, work).ok(); }));
}

TEST_F(Absence, WhoStartsWhileTheRegistryIsDownServesByWhatItHeardBefore) {
  House& house = *house_;
  house.system().Stop("organization", SIGKILL);
  for (const Work& work : house.works()) {
    if (work.service == "organization") continue;
    house.system().Stop(work.service, SIGKILL);
    house.system().Start(work.service);
    AwaitReachable(house, work.service);
  }
  house.system().Start("organization");
  EXPECT_THAT(house.Behind(), IsEmpty());
}

TEST_F(Absence, WhoHasNeverHeardOfTheRegistrySaysSoAndBecomesReadyWhenItComes) {
  House& house = *house_;
  System& system = house.system();
  system.Stop("organization", SIGKILL);
  for (const Work& work : house.works()) {
    if (work.service == "organization") continue;
    system.Stop(work.service, SIGKILL);
    system.Renew(work.service);
    system.Begin(work.service);
    // It answers, and says what it lacks.
    absl::Status made;
    EXPECT_TRUE(Eventually([&] {
      return !absl::IsUnavailable(made = MakeBehindTheDoor(house, work));
    })) << made;
    EXPECT_THAT(made.ToString(), HasSubstr("REFERENCE_NOT_FOUND")) << work.service;
    EXPECT_FALSE(system.Serves(work.service)) << work.service;
    EXPECT_THAT(system.Log(work.service),
                HasSubstr(R"("event":"feed not followed","feed":"organization")"));
  }
  system.Start("organization");
  for (const std::string& service : Services()) {
    EXPECT_TRUE(Eventually([&] { return system.Serves(service); })) << service;
  }
  EXPECT_THAT(house.Behind(), IsEmpty());
}

TEST(EffectAfterAbsence, ArrivesWhenWhoeverWasDownReturns) {
  System system(Services());
  ctl::Context context;
  context.channel = system.channel();
  const std::string data = absl::StrCat(QINGLIAN_SOURCE_DIR, "/tests/flow/year/");
  ASSERT_TRUE(ctl::Import(context, {"divisions", data + "divisions.csv"}, {}).ok());
  ASSERT_TRUE(ctl::Import(context, {"organizations", data + "organizations.csv"}, {}).ok());
  ctl::Teller teller(context, system.clock_file(), "absence",
                     [&](const std::string& staff_number) -> absl::StatusOr<std::string> {
                       return system.TokenOf(staff_number);
                     });
  const auto cast = ctl::TellRegistry(teller);
  ASSERT_TRUE(cast.ok()) << cast.status();
  const auto risk = ctl::TellRisk(teller, *cast);
  ASSERT_TRUE(risk.ok()) << risk.status();

  // The case is confirmed while the risk service is down; when that returns, whoever told of the
  // case is down.
  system.Stop("risk", SIGKILL);
  const auto story = ctl::TellCase(teller, *cast, *risk);
  ASSERT_TRUE(story.ok()) << story.status();
  system.Stop("supervision", SIGKILL);
  system.Start("risk");
  const auto point = teller.Get(risk->point.name());
  ASSERT_TRUE(point.ok()) << point.status();
  EXPECT_EQ(point->etag(), risk->point.etag());
  system.Start("supervision");
  const auto due = ctl::TellLoop(teller, *risk, *story);
  EXPECT_TRUE(due.ok()) << due.status();
  EXPECT_EQ(system.database("risk").Value(
                "SELECT COUNT(*) FROM journal WHERE cause_service = 'supervision' AND "
                "resource LIKE 'riskPoints/%'"),
            "1");
}

}  // namespace
}  // namespace qinglian::test
