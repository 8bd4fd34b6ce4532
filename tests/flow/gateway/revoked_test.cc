// What was begun before a revocation, and what has run out of time, reaches no service afterwards.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/access/identity_token.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "tests/flow/gateway/fixture.h"

namespace qinglian::gateway::test {
namespace {

constexpr int kRounds = 20;

class Revoked : public GatewayTest {
 protected:
  static grpc::Status Refusal() {
    return {grpc::StatusCode::UNAUTHENTICATED, "nobody",
            status::ToProto(status::Error(status::kCallerUnknown)).SerializeAsString()};
  }
  static organization::v1::ResolveCallerResponse AnswerWith(const std::string& role) {
    organization::v1::ResolveCallerResponse answer;
    answer.set_actor(kCaller);
    answer.add_grants()->set_role(role);
    return answer;
  }

  // The change is known to the gateway when this returns, and its answer to whoever revoked.
  void ChangeAndConfirm() {
    ASSERT_TRUE(registry_service_.AwaitConfirmed(registry_service_.Change(kCaller)));
  }

  bool AwaitOpen(int calls) const {
    const std::string line = absl::StrCat("gateway_open_calls{upstream=\"testing\"} ", calls, "\n");
    return Await([&] { return registry_->Render().find(line) != std::string::npos; });
  }

  // The headers of a call, known by its mark, whose caller is known; its message is not sent yet.
  struct Begun {
    std::string path;
    grpc::ClientContext context;
    std::unique_ptr<Stream> stream;
  };
  std::unique_ptr<Begun> Begin(const char* method, const std::string& mark) {
    EXPECT_TRUE(AwaitOpen(0));
    auto begun = std::make_unique<Begun>();
    begun->path = MethodPath(method);
    begun->context.AddMetadata("mark", mark);
    begun->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    begun->stream = caller_->Open(begun->path, begun->context);
    EXPECT_TRUE(AwaitOpen(1));
    return begun;
  }
  // Whether the service saw the call of that mark.
  bool WasServed(const std::string& mark) const {
    const auto metadata = backend_.last().metadata;
    const auto found = metadata.find("mark");
    return found != metadata.end() && found->second == mark;
  }
  std::string RoleThatTheServiceSaw() const {
    const auto metadata = backend_.last().metadata;
    const auto identity = qinglian::test::IdentityKeys()->Current()->Open(
        metadata.find(access::kIdentityKey)->second, absl::Now());
    return identity.ok() ? identity->grants(0).role() : identity.status().ToString();
  }

  // Sends what is left, and tells how the call ended.
  static grpc::Status End(Begun& begun, const std::string& message, std::string* answer = nullptr) {
    begun.stream->Write(ToBuffer(message));
    begun.stream->WritesDone();
    grpc::ByteBuffer bytes;
    while (begun.stream->Read(&bytes)) {
      if (answer != nullptr) *answer = ToText(bytes);
    }
    return begun.stream->Finish();
  }
};

TEST_F(Revoked, ACallBegunBeforeARevocationIsRefusedWhenItsMessageComesAfterIt) {
  Start();
  for (int round = 0; round < kRounds; ++round) {
    registry_service_.Answer(AnswerWith("roles/organ"));
    ChangeAndConfirm();
    ASSERT_TRUE(caller_->Echo("echo").ok()) << round;
    const std::string mark = "late-" + std::to_string(round);
    const auto begun = Begin("Echo", mark);
    registry_service_.Refuse(Refusal());
    ChangeAndConfirm();
    EXPECT_EQ(InfoOf(End(*begun, "echo")).reason(), "CALLER_UNKNOWN") << round;
    ASSERT_FALSE(WasServed(mark)) << round;
  }
}

TEST_F(Revoked, ACallThatMayStillBeMadeIsMadeWithWhatIsGrantedNow) {
  Start();
  ASSERT_TRUE(caller_->Echo("echo").ok());
  const auto begun = Begin("Echo", "kept");
  registry_service_.Answer(AnswerWith("roles/reviewer"));
  ChangeAndConfirm();
  std::string answer;
  const grpc::Status status = End(*begun, "echo again", &answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer, "again");
  EXPECT_TRUE(WasServed("kept"));
  EXPECT_EQ(RoleThatTheServiceSaw(), "roles/reviewer");
}

TEST_F(Revoked, AStreamBegunBeforeAChangeIsNotOpenedAfterIt) {
  Start();
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(caller_->Echo("echo").ok()) << round;
    const std::string mark = "stream-" + std::to_string(round);
    const auto begun = Begin("Expand", mark);
    ChangeAndConfirm();
    EXPECT_EQ(InfoOf(End(*begun, "count 3")).reason(), "IDENTITY_CHANGED") << round;
    ASSERT_FALSE(WasServed(mark)) << round;
  }
}

TEST_F(Revoked, OfAnOpenStreamNothingPassesAfterAChange) {
  Start();
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(caller_->Echo("echo").ok()) << round;
    const auto begun = Begin("Talk", "talk");
    grpc::ByteBuffer answer;
    ASSERT_TRUE(begun->stream->Write(ToBuffer("before")));
    ASSERT_TRUE(begun->stream->Read(&answer));
    ChangeAndConfirm();
    std::string last;
    EXPECT_EQ(InfoOf(End(*begun, "after", &last)).reason(), "IDENTITY_CHANGED") << round;
    ASSERT_EQ(last, "") << round;
  }
}

TEST_F(Revoked, AStreamEndsAndACallIsAskedForAgainWhenTheLastDayOfAGrantIsOver) {
  organization::v1::ResolveCallerResponse answer = AnswerWith("roles/organ");
  answer.mutable_valid_for()->set_seconds(1);
  registry_service_.Answer(answer);
  Start();
  const auto begun = Begin("Expand", "dated");
  const absl::Time start = absl::Now();
  EXPECT_EQ(InfoOf(End(*begun, "wait")).reason(), "IDENTITY_CHANGED");
  EXPECT_TRUE(WasServed("dated"));
  EXPECT_GT(absl::Now() - start, absl::Milliseconds(800));
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  const int asked = registry_service_.resolved();
  EXPECT_TRUE(caller_->Echo("echo").ok());
  EXPECT_EQ(registry_service_.resolved(), asked + 1);
}

TEST_F(Revoked, AStreamEndsWhenTheTokenThatItWasBegunWithDoes) {
  options_.tokens.leeway = absl::ZeroDuration();
  Start();
  caller_->SetToken(Provider::TokenOf(kStaffNumber, absl::Seconds(3)));
  const auto begun = Begin("Expand", "token");
  const grpc::Status status = End(*begun, "wait");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(InfoOf(status).reason(), "TOKEN_REFUSED");
  EXPECT_EQ(InfoOf(status).metadata().at("cause"), "expired");
  EXPECT_TRUE(WasServed("token"));
}

// The same caller calls on, so that he is asked for at the very moment.
TEST_F(Revoked, AStreamEndsAlsoWhereItsCallerIsKnownAnewAtOnce) {
  organization::v1::ResolveCallerResponse answer = AnswerWith("roles/organ");
  answer.mutable_valid_for()->set_seconds(1);
  registry_service_.Answer(answer);
  Start();
  ASSERT_TRUE(caller_->Echo("echo").ok());
  const auto begun = Begin("Expand", "dated");
  registry_service_.Answer(AnswerWith("roles/reviewer"));
  const absl::Time start = absl::Now();
  std::atomic<bool> over{false};
  std::thread busy([&] {
    Caller other(server_->port());
    while (!over) EXPECT_TRUE(other.Echo("echo").ok());
  });
  EXPECT_EQ(InfoOf(End(*begun, "wait")).reason(), "IDENTITY_CHANGED");
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  over = true;
  busy.join();
}

}  // namespace
}  // namespace qinglian::gateway::test
