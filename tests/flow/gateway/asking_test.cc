// How often the registry is asked who somebody is: seldom, whatever he says of himself.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/id/uuid.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "tests/flow/gateway/fixture.h"

namespace qinglian::gateway::test {
namespace {

class Asking : public GatewayTest {
 protected:
  static grpc::Status Refusal(const status::Entry& entry) {
    return {static_cast<grpc::StatusCode>(entry.code), "no",
            status::ToProto(status::Error(entry)).SerializeAsString()};
  }

  static grpc::Status EchoFor(Caller& caller, const std::string& acting_for) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    context.AddMetadata("acting-for", acting_for);
    return caller.Unary(MethodPath("Echo"), "echo", nullptr, context);
  }
  static std::string AnyPerson() { return "persons/" + id::Uuid::NewV4().ToString(); }

  double Metric(const std::string& line_start) const {
    const std::string text = registry_->Render();
    const size_t at = text.find("\n" + line_start + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line_start.size() + 2));
  }
};

TEST_F(Asking, WhomNobodyCanActForIsNotAskedAbout) {
  Start();
  ASSERT_TRUE(caller_->Echo("echo").ok());
  for (const char* nobody :
       {"persons/2", "persons/", "clients/audit", "00000000-0000-7000-8000-000000000002",
        "persons/00000000-0000-7000-8000-00000000000A",
        "persons/00000000-0000-7000-8000-000000000002/"}) {
    EXPECT_EQ(InfoOf(EchoFor(*caller_, nobody)).reason(), "DELEGATION_MISSING") << nobody;
  }
  EXPECT_EQ(registry_service_.resolved(), 1);
}

TEST_F(Asking, ARefusalIsRememberedForAMomentAndForgottenWithTheNextChange) {
  registry_service_.Refuse(Refusal(status::kCallerUnknown));
  Start();
  for (int i = 0; i < 200; ++i)
    ASSERT_EQ(InfoOf(caller_->Echo("echo")).reason(), "CALLER_UNKNOWN") << i;
  // As many as there are seconds, on a slow machine too.
  EXPECT_LE(registry_service_.resolved(), 20);
  registry_service_.Answer([] {
    organization::v1::ResolveCallerResponse answer;
    answer.set_actor(kCaller);
    return answer;
  }());
  ASSERT_TRUE(registry_service_.AwaitConfirmed(registry_service_.Change(kCaller)));
  EXPECT_TRUE(caller_->Echo("echo").ok());
}

TEST_F(Asking, WhoNamesOneAfterAnotherToActForIsStoppedAndNobodyElseNotices) {
  registry_service_.RefuseDelegates(Refusal(status::kDelegationMissing));
  Start();
  ASSERT_TRUE(caller_->Echo("echo").ok());
  const int before = registry_service_.resolved();
  std::atomic<bool> over{false};
  std::atomic<int> stormed{0}, stopped{0};
  const absl::Time begin = absl::Now();
  std::vector<std::thread> storm;
  for (int i = 0; i < 4; ++i) {
    storm.emplace_back([&] {
      Caller stormer(server_->port());
      stormer.SetToken(Provider::TokenOf("T-2"));
      while (!over) {
        const std::string reason = InfoOf(EchoFor(stormer, AnyPerson())).reason();
        EXPECT_TRUE(reason == "DELEGATION_MISSING" || reason == "QUOTA_EXCEEDED") << reason;
        ++stormed;
        stopped += reason == "QUOTA_EXCEEDED";
      }
    });
  }
  int good = 0;
  for (; absl::Now() - begin < absl::Seconds(2); ++good) {
    // Asked for again each time.
    if (good % 10 == 0) {
      ASSERT_TRUE(registry_service_.AwaitConfirmed(registry_service_.Change(kCaller)));
    }
    const grpc::Status status = caller_->Echo("echo");
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  over = true;
  for (std::thread& thread : storm) thread.join();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  const int asked_of_the_storm = registry_service_.resolved() - before - (good / 10 + 1);
  std::cout << stormed << " in the storm, " << asked_of_the_storm << " asked, " << good
            << " good calls\n";
  EXPECT_GT(stormed, 200);
  EXPECT_LE(asked_of_the_storm, 40 + 20 * seconds + 4);
  // Both kinds of refusal are counted, by the service that they were for.
  const std::string requests = "gateway_requests_total{code=\"";
  EXPECT_TRUE(Await([&] {
    return Metric(requests + "RESOURCE_EXHAUSTED\",upstream=\"testing\"}") == stopped &&
           Metric(requests + "PERMISSION_DENIED\",upstream=\"testing\"}") == stormed - stopped;
  }));
}

TEST_F(Asking, WhatACallerProvesHimselfByIsNotShownToTheServices) {
  Start();
  ASSERT_TRUE(EchoFor(*caller_, AnyPerson()).ok());
  const auto seen = backend_.last().metadata;
  EXPECT_EQ(seen.count("authorization"), 0u);
  EXPECT_EQ(seen.count("acting-for"), 0u);
}

}  // namespace
}  // namespace qinglian::gateway::test
