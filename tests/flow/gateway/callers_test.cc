// Who calls, what the gateway remembers of it, and for how long.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "common/access/identity_token.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "tests/flow/gateway/fixture.h"

namespace qinglian::gateway::test {
namespace {

class Callers : public GatewayTest {
 protected:
  static grpc::Status Refusal() {
    return {grpc::StatusCode::UNAUTHENTICATED, "nobody",
            status::ToProto(status::Error(status::kCallerUnknown)).SerializeAsString()};
  }
  std::string ReasonOfEcho() { return InfoOf(caller_->Echo("echo")).reason(); }

  grpc::Status EchoWith(const std::string& key, const std::string& value) {
    const grpc::internal::RpcMethod method(path_.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    if (!key.empty()) context.AddMetadata(key, value);
    const grpc::ByteBuffer in = ToBuffer("echo");
    grpc::ByteBuffer out;
    return grpc::internal::BlockingUnaryCall(caller_->channel().get(), method, &context, in, &out);
  }

  const std::string path_ = MethodPath("Echo");
};

TEST_F(Callers, AreAskedForOnceAndTheServiceIsToldWhoTheyAre) {
  organization::v1::ResolveCallerResponse answer;
  answer.set_actor(kCaller);
  answer.add_grants()->set_role("roles/organ");
  answer.mutable_grants(0)->set_organization("organizations/x");
  registry_service_.Answer(answer);
  Start();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(caller_->Echo("echo").ok());
  EXPECT_EQ(registry_service_.resolved(), 1);
  const auto seen = backend_.last().metadata;
  const auto identity = qinglian::test::IdentityKeys()->Current()->Open(
      seen.find(access::kIdentityKey)->second, absl::Now());
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->actor(), kCaller);
  ASSERT_EQ(identity->grants_size(), 1);
  EXPECT_EQ(identity->grants(0).organization(), "organizations/x");
}

TEST_F(Callers, AreVouchedForWithANewKeyAsSoonAsItIsTheFirst) {
  const std::string old_key(64, '1'), new_key(64, '2');
  const std::string file = testing::TempDir() + "identity_keys." + std::to_string(getpid());
  const auto install = [&](const std::string& text) {
    std::ofstream(file + ".new") << text;
    chmod((file + ".new").c_str(), 0600);
    ASSERT_EQ(rename((file + ".new").c_str(), file.c_str()), 0);
  };
  install(old_key + "\n" + new_key + "\n");
  const auto keys = access::IdentityKeys::Load(file);
  ASSERT_TRUE(keys.ok()) << keys.status();
  options_.identity_keys = *keys;
  Start();
  const auto vouched_with = [&](char digit) {
    EXPECT_TRUE(caller_->Echo("echo").ok());
    const auto key = access::IdentityKeys::Fixed({std::string(32, digit)});
    const auto seen = backend_.last().metadata;
    return key->Current()->Open(seen.find(access::kIdentityKey)->second, absl::Now()).ok();
  };
  ASSERT_TRUE(vouched_with('\x11'));
  install(new_key + "\n" + old_key + "\n");
  const absl::Time installed = absl::Now();
  EXPECT_TRUE(Await([&] { return vouched_with('\x22'); }));
  // Before the old one may be taken out.
  EXPECT_LT(absl::Now() - installed, absl::Seconds(3));
  unlink(file.c_str());
}

TEST_F(Callers, WhoProvesNothingOrIsNotKnownIsRefusedWithoutTheService) {
  Start();
  EXPECT_EQ(InfoOf(EchoWith("", "")).reason(), "CALLER_MISSING");
  EXPECT_EQ(InfoOf(EchoWith("authorization", "Basic eA==")).reason(), "TOKEN_REFUSED");
  EXPECT_EQ(InfoOf(EchoWith("authorization", "Bearer x.y.z")).reason(), "TOKEN_REFUSED");
  // Only on a socket of its own is the edge believed.
  EXPECT_EQ(InfoOf(EchoWith("qinglian-edge-certificate", "AAAA")).reason(), "CALLER_MISSING");
  EXPECT_EQ(registry_service_.resolved(), 0);
  registry_service_.Refuse(Refusal());
  EXPECT_EQ(ReasonOfEcho(), "CALLER_UNKNOWN");
  EXPECT_TRUE(backend_.last().metadata.empty());
}

TEST_F(Callers, NoCallSucceedsAfterARevocationWasConfirmed) {
  Start();
  organization::v1::ResolveCallerResponse answer;
  answer.set_actor(kCaller);
  for (int round = 0; round < 200; ++round) {
    registry_service_.Answer(answer);
    ASSERT_TRUE(registry_service_.AwaitConfirmed(registry_service_.Change(kCaller)));
    ASSERT_TRUE(caller_->Echo("echo").ok()) << round;
    registry_service_.Refuse(Refusal());
    ASSERT_TRUE(registry_service_.AwaitConfirmed(registry_service_.Change(kCaller)));
    ASSERT_EQ(ReasonOfEcho(), "CALLER_UNKNOWN") << round;
  }
}

TEST_F(Callers, AnAnswerThatAChangeHasOvertakenIsAskedForAgain) {
  Start();
  std::atomic<int> asked{0};
  registry_service_.OnResolve([&] {
    if (++asked > 1) return;
    // Decided, and on its way when it is revoked.
    registry_service_.Refuse(Refusal());
    EXPECT_TRUE(registry_service_.AwaitConfirmed(registry_service_.Change(kCaller)));
  });
  EXPECT_EQ(ReasonOfEcho(), "CALLER_UNKNOWN");
  EXPECT_EQ(asked, 2);
}

TEST_F(Callers, AGatewayThatIsCutOffRefusesWithinItsLeaseAndAsksAnewAfterwards) {
  Start();
  ASSERT_TRUE(caller_->Echo("echo").ok());
  registry_service_.SetReachable(false);
  EXPECT_TRUE(Await([this] { return ReasonOfEcho() == "CALLERS_UNKNOWN"; }));
  grpc::health::v1::HealthCheckResponse::ServingStatus serving;
  ASSERT_TRUE(caller_->Health("", &serving).ok());
  EXPECT_EQ(serving, grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  registry_service_.Refuse(Refusal());
  registry_service_.SetReachable(true);
  // What was remembered belongs to a lease that is gone.
  EXPECT_TRUE(Await([this] {
    const std::string reason = ReasonOfEcho();
    EXPECT_THAT(reason, testing::AnyOf("CALLERS_UNKNOWN", "CALLER_UNKNOWN"));
    return reason == "CALLER_UNKNOWN";
  }));
}

TEST_F(Callers, AStreamIsCutWhenWhatItsCallerWasGrantedChanges) {
  Start();
  grpc::ClientContext context;
  const std::string path = MethodPath("Expand");
  const auto stream = caller_->Open(path, context);
  stream->Write(ToBuffer("wait"));
  stream->WritesDone();
  grpc::ByteBuffer message;
  ASSERT_TRUE(stream->Read(&message));
  registry_service_.Change("persons/another");
  registry_service_.Change(kCaller);
  while (stream->Read(&message)) {
  }
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "IDENTITY_CHANGED");
}

TEST_F(Callers, WhoActsForAnotherIsToldApart) {
  Start();
  ASSERT_TRUE(caller_->Echo("echo").ok());
  registry_service_.RefuseDelegates(
      {grpc::StatusCode::PERMISSION_DENIED, "no",
       status::ToProto(status::Error(status::kDelegationMissing)).SerializeAsString()});
  grpc::ClientContext context;
  context.AddMetadata("acting-for", "persons/00000000-0000-7000-8000-000000000002");
  const grpc::Status status = caller_->Unary(path_, "echo", nullptr, context);
  EXPECT_EQ(InfoOf(status).reason(), "DELEGATION_MISSING");
  EXPECT_TRUE(caller_->Echo("echo").ok());
}

TEST_F(Callers, BeyondTheirRateAreToldToWaitBeforeAnythingIsDone) {
  options_.person_quota.calls_per_second = 5;
  Start();
  int passed = 0;
  grpc::Status refused;
  for (int i = 0; i < 200 && refused.ok(); ++i) {
    refused = caller_->Echo("echo");
    passed += refused.ok();
  }
  EXPECT_GE(passed, 10);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(InfoOf(refused).reason(), "QUOTA_EXCEEDED");
  EXPECT_TRUE(HasRetryInfo(refused));
  EXPECT_TRUE(Await([this] { return caller_->Echo("echo").ok(); }));
}

TEST_F(Callers, HaveOnlySoManyCallsAtATime) {
  options_.person_quota.concurrent_calls = 2;
  Start();
  const std::string path = MethodPath("Expand");
  grpc::ClientContext contexts[2];
  std::unique_ptr<Stream> streams[2];
  grpc::ByteBuffer message;
  for (int i = 0; i < 2; ++i) {
    streams[i] = caller_->Open(path, contexts[i]);
    streams[i]->Write(ToBuffer("wait"));
    streams[i]->WritesDone();
    ASSERT_TRUE(streams[i]->Read(&message));
  }
  EXPECT_EQ(ReasonOfEcho(), "QUOTA_EXCEEDED");
  contexts[0].TryCancel();
  EXPECT_TRUE(Await([this] { return caller_->Echo("echo").ok(); }));
  contexts[1].TryCancel();
}

TEST_F(Callers, AreGivenAnswersNoLargerThanTheirQuota) {
  options_.person_quota.max_response_bytes = 1'000;
  Start();
  EXPECT_TRUE(caller_->Echo("big 900").ok());
  const grpc::Status status = caller_->Echo("big 2000");
  EXPECT_EQ(InfoOf(status).reason(), "MESSAGE_TOO_LARGE");
}

}  // namespace
}  // namespace qinglian::gateway::test
