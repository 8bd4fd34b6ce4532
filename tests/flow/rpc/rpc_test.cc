#include <chrono>
#include <string>
#include <thread>
#include <tuple>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/flow/rpc/echo_server.h"
#include "tests/support/recorder.h"

namespace qinglian::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Rpc : public ::testing::Test {
 protected:
  void SetUp() override { echo_.Start(); }

  EchoServer echo_;
};

TEST_F(Rpc, AUnaryCallReachesItsHandlerWithWhoAndWhen) {
  CallOptions options = Options();
  options.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const auto response = echo_.Send("Echo", Request("你好"), options);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "你好");
  EXPECT_EQ(response->caller(), kPerson);
  EXPECT_EQ(response->client(), "rpc_test");
  EXPECT_EQ(response->trace_id(), options.trace_id);
  EXPECT_EQ(echo_.Metric("rpc_server_requests_total{code=\"OK\",method=\"Echo\",service="
                         "\"EchoService\"}"),
            1);
  EXPECT_EQ(echo_.Metric("rpc_server_in_flight"), 0);
}

TEST_F(Rpc, WhatATracedCallAsksOfAnotherServiceIsPartOfItsTrace) {
  qinglian::test::MemoryRecorder recorder(0);
  const char* const sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  {
    const trace::Span call = trace::Serve("Call", sampled, true, std::chrono::steady_clock::now());
    const trace::Scope scope(call);
    const auto response = echo_.Send("Fail", Request("things/1"));
    EXPECT_EQ(response.status().code(), absl::StatusCode::kNotFound);
  }
  const auto spans = recorder.spans();
  ASSERT_EQ(spans.size(), 3u);
  const auto& [server, client, call] = std::tie(spans[0], spans[1], spans[2]);
  EXPECT_EQ(server.kind, trace::Kind::kServer);
  EXPECT_EQ(server.parent, client.context.span);
  EXPECT_EQ(server.texts.at(trace::Attribute::kRpcMethod),
            std::string(kPackage).substr(1) + "Fail");
  EXPECT_EQ(server.failed, absl::StatusCode::kOk);
  EXPECT_GE(server.numbers.at(trace::Attribute::kQueueWait), 0);
  EXPECT_EQ(client.kind, trace::Kind::kClient);
  EXPECT_EQ(client.parent, call.context.span);
  EXPECT_EQ(client.failed, absl::StatusCode::kNotFound);
  for (const auto& span : spans)
    EXPECT_EQ(span.context.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

TEST_F(Rpc, ACallWithoutADeadlineGetsOneAndALongOneIsCut) {
  CallOptions options = Options();
  options.timeout = absl::InfiniteDuration();
  auto response = echo_.Send("Echo", Request("x"), options);
  ASSERT_TRUE(response.ok());
  EXPECT_GT(response->count(), 0);
  EXPECT_LE(response->count(), 10'000);
  options.timeout = absl::Hours(1);
  response = echo_.Send("Echo", Request("x"), options);
  ASSERT_TRUE(response.ok());
  EXPECT_GT(response->count(), 10'000);
  EXPECT_LE(response->count(), 30'000);
}

TEST_F(Rpc, AnErrorArrivesWithItsReasonAndDetails) {
  const absl::Status status = echo_.Send("Fail", Request("things/1")).status();
  EXPECT_TRUE(status::Is(status, status::kResourceNotFound)) << status;
  const google::rpc::Status proto = status::ToProto(status);
  google::rpc::ResourceInfo info;
  bool found = false;
  for (const auto& detail : proto.details()) found = found || detail.UnpackTo(&info);
  EXPECT_TRUE(found);
  EXPECT_EQ(info.resource_name(), "things/1");
}

TEST_F(Rpc, AnInternalErrorShowsAnIdAndNothingElse) {
  for (const char* kind : {"internal", "unknown"}) {
    const absl::Status status = echo_.Send("Fail", Request(kind)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_EQ(status::MetadataOf(status, "id").size(), 16u);
    EXPECT_THAT(status::ToProto(status).SerializeAsString(), Not(HasSubstr("secret")));
  }
}

TEST_F(Rpc, ACallWithoutACallerIsRefusedBeforeItsHandler) {
  CallOptions nobody = Options();
  nobody.identity_keys = nullptr;
  CallOptions stranger = Options();
  stranger.identity_keys = access::IdentityKeys::Fixed({std::string(32, '\x2e')});
  for (const CallOptions& options : {nobody, stranger}) {
    const absl::Status status = echo_.Send("Echo", Request("x"), options).status();
    EXPECT_TRUE(status::Is(status, status::kCallerMissing)) << status;
  }
  EXPECT_EQ(echo_.echoes, 0);
}

TEST_F(Rpc, ACallerWithoutThePermissionOfTheMethodIsToldWhichOneItIs) {
  CallOptions options = Options();
  options.grants = {test::GrantOf("roles/dashboard")};
  const absl::Status status = echo_.Send("Fail", Request("x"), options).status();
  EXPECT_TRUE(status::Is(status, status::kPermissionDenied)) << status;
  EXPECT_EQ(status::MetadataOf(status, "permission"), "example.echoes.fail");
  EXPECT_TRUE(echo_.Send("Echo", Request("x"), options).ok());
}

TEST_F(Rpc, BrokenRulesAreAnsweredAllAtOnceAndTwentyAtMost) {
  EchoRequest request;
  request.add_words("long");
  absl::Status status = echo_.Send("Echo", request).status();
  EXPECT_TRUE(status::Is(status, status::kFieldsInvalid)) << status;
  EXPECT_EQ(status::MetadataOf(status, "count"), "2");
  for (int i = 0; i < 100; ++i) request.add_words("long");
  status = echo_.Send("Echo", request).status();
  EXPECT_EQ(status::MetadataOf(status, "count"), "102");
  google::rpc::BadRequest bad;
  const google::rpc::Status proto = status::ToProto(status);
  for (const auto& detail : proto.details()) detail.UnpackTo(&bad);
  EXPECT_EQ(bad.field_violations_size(), 20);
  EXPECT_EQ(echo_.echoes, 0);
}

TEST_F(Rpc, BytesThatAreNoRequestAreAnInvalidOne) {
  // Field 1 as a group that never ends.
  EchoResponse garbage;
  garbage.GetReflection()->MutableUnknownFields(&garbage)->AddLengthDelimited(1, "\xff\xfe");
  const auto response = Invoke<EchoResponse, EchoResponse>(
      *echo_.channel_, std::string(kPackage) + "Echo", garbage, Options());
  EXPECT_TRUE(status::Is(response.status(), status::kRequestInvalid)) << response.status();
}

TEST_F(Rpc, AMethodThatNobodyHasIsUnknown) {
  const absl::Status status = echo_.Send("Shout", Request("x")).status();
  EXPECT_TRUE(status::Is(status, status::kMethodUnknown)) << status;
}

TEST_F(Rpc, AMessageOverTheLimitIsRefused) {
  EchoRequest request = Request("x");
  request.set_load(std::string(5 << 20, 'x'));
  ChannelOptions options;
  options.max_send_bytes = 16 << 20;
  const auto channel = echo_.NewChannel(options);
  const auto response = Invoke<EchoRequest, EchoResponse>(*channel, std::string(kPackage) + "Echo",
                                                          request, Options());
  EXPECT_EQ(response.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(echo_.echoes, 0);
}

TEST_F(Rpc, ADeadlineThatPassesIsToldToTheCallerAndSeenByTheHandler) {
  Gate seen;
  echo_.on_echo = [&seen](Call& call, const EchoRequest&) {
    while (!call.cancelled()) absl::SleepFor(absl::Milliseconds(1));
    seen.Open();
    return absl::OkStatus();
  };
  CallOptions options = Options();
  options.timeout = absl::Seconds(1);
  EXPECT_EQ(echo_.Send("Echo", Request("x"), options).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  seen.Wait();
}

TEST_F(Rpc, HealthIsToldForTheServerAndEachServiceWithoutACaller) {
  using grpc::health::v1::HealthCheckRequest;
  using grpc::health::v1::HealthCheckResponse;
  const auto check = [this](const std::string& service) {
    HealthCheckRequest request;
    request.set_service(service);
    return Invoke<HealthCheckRequest, HealthCheckResponse>(
        *echo_.channel_, "/grpc.health.v1.Health/Check", request, CallOptions());
  };
  for (const char* service : {"", "qinglian.example.v1.EchoService"}) {
    ASSERT_TRUE(check(service).ok());
    EXPECT_EQ(check(service)->status(), HealthCheckResponse::SERVING);
  }
  EXPECT_EQ(check("nobody").status().code(), absl::StatusCode::kNotFound);
  echo_.server_.SetReady(false);
  for (const char* service : {"", "qinglian.example.v1.EchoService"}) {
    EXPECT_EQ(check(service)->status(), HealthCheckResponse::NOT_SERVING);
  }
}

TEST_F(Rpc, APortThatIsTakenIsRefusedWithOneLine) {
  ServerOptions options = EchoServer::Defaults();
  options.listen = "127.0.0.1:" + std::to_string(echo_.server_.port());
  EchoServer second(options);
  const absl::Status status = second.server_.Start();
  EXPECT_TRUE(status::Is(status, status::kConfigInvalid)) << status;
  EXPECT_THAT(status.message(), HasSubstr(options.listen));
}

TEST_F(Rpc, AnUnreachableServerIsUnavailableAndRetriesEndWithTheDeadline) {
  const auto channel = Connect("127.0.0.1:1");
  CallOptions options = Options();
  options.retries = 1000;
  options.timeout = absl::Milliseconds(300);
  const auto response = Invoke<EchoRequest, EchoResponse>(*channel, std::string(kPackage) + "Echo",
                                                          Request("x"), options);
  EXPECT_THAT(response.status().code(), ::testing::AnyOf(absl::StatusCode::kUnavailable,
                                                         absl::StatusCode::kDeadlineExceeded));
}

TEST_F(Rpc, ACallThatIsShedIsTriedAgainAfterThePauseThatItIsToldAndOnlyWhereItIsTold) {
  constexpr absl::Duration kPause = absl::Milliseconds(700);
  std::atomic<int> shed = 2;
  echo_.on_echo = [&](Call&, const EchoRequest& request) -> absl::Status {
    if (shed-- <= 0) return absl::OkStatus();
    return request.text() == "told" ? status::Unavailable(status::kOverloaded, kPause)
                                    : status::Error(status::kMessageTooLarge);
  };
  CallOptions options = Options();
  options.retries = 5;
  const absl::Time begin = absl::Now();
  const auto answered = echo_.Send("Echo", Request("told"), options);
  EXPECT_TRUE(answered.ok()) << answered.status();
  EXPECT_GE(absl::Now() - begin, 2 * kPause);
  EXPECT_EQ(echo_.echoes, 3);
  shed = 1;
  EXPECT_TRUE(absl::IsResourceExhausted(echo_.Send("Echo", Request("untold"), options).status()));
}

// One worker, which the test holds.
class OneWorker : public ::testing::Test {
 protected:
  static ServerOptions Options(size_t queue, absl::Duration wait) {
    ServerOptions options = EchoServer::Defaults();
    options.pipeline.workers = 1;
    options.pipeline.queue_size = queue;
    options.pipeline.max_queue_wait = wait;
    return options;
  }

  void Occupy(EchoServer& echo) {
    echo.on_echo = [this](Call&, const EchoRequest& request) {
      if (request.text() != "hold") return absl::OkStatus();
      held_.Open();
      release_.Wait();
      return absl::OkStatus();
    };
    echo.Start();
    holder_ = std::thread([&echo] { EXPECT_TRUE(echo.Send("Echo", Request("hold")).ok()); });
    held_.Wait();
  }
  void Release() {
    release_.Open();
    holder_.join();
  }
  static void AwaitDepth(EchoServer& echo, double depth) {
    while (echo.Metric("rpc_server_queue_depth{lane=\"unary\"}") != depth) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  Gate held_;
  Gate release_;
  std::thread holder_;
};

TEST_F(OneWorker, AFullQueueAnswersOverloadedAndWhenToComeBack) {
  EchoServer echo(Options(1, absl::Seconds(30)));
  Occupy(echo);
  std::thread waiting([&echo] { EXPECT_TRUE(echo.Send("Echo", Request("x")).ok()); });
  AwaitDepth(echo, 1);
  const absl::Status status = echo.Send("Echo", Request("y")).status();
  EXPECT_TRUE(status::Is(status, status::kOverloaded)) << status;
  const google::rpc::Status proto = status::ToProto(status);
  google::rpc::RetryInfo retry;
  bool found = false;
  for (const auto& detail : proto.details()) found = found || detail.UnpackTo(&retry);
  EXPECT_TRUE(found);
  EXPECT_EQ(echo.Metric("rpc_server_shed_total{cause=\"full\",lane=\"unary\"}"), 1);
  Release();
  waiting.join();
  EXPECT_EQ(echo.echoes, 2);
}

TEST_F(OneWorker, AMethodThatIsReservedForWaitsForNoOther) {
  EchoServer echo(Options(10, absl::Seconds(30)), "Fail");
  Occupy(echo);
  CallOptions impatient = rpc::Options();
  impatient.timeout = absl::Seconds(10);
  const absl::Status other = echo.Send("Fail", Request("things/1"), impatient).status();
  EXPECT_TRUE(status::Is(other, status::kResourceNotFound)) << other;
  Release();
}

TEST_F(OneWorker, ACallThatWaitedTooLongIsNotRun) {
  EchoServer echo(Options(10, absl::Seconds(1)));
  Occupy(echo);
  std::thread waiting([&echo] {
    const absl::Status status = echo.Send("Echo", Request("x")).status();
    EXPECT_TRUE(status::Is(status, status::kOverloaded)) << status;
  });
  AwaitDepth(echo, 1);
  absl::SleepFor(absl::Milliseconds(1200));
  const absl::Status status = echo.Send("Echo", Request("y")).status();
  EXPECT_TRUE(status::Is(status, status::kOverloaded)) << status;
  Release();
  waiting.join();
  EXPECT_EQ(echo.echoes, 1);
  EXPECT_EQ(echo.Metric("rpc_server_shed_total{cause=\"slow\",lane=\"unary\"}"), 2);
}

TEST_F(OneWorker, AWatchIsShedBeforeACallThatChangesSomething) {
  EchoServer echo(Options(10, absl::Seconds(5)));
  Occupy(echo);
  std::thread waiting([&echo] { EXPECT_TRUE(echo.Send("Echo", Request("x")).ok()); });
  AwaitDepth(echo, 1);
  absl::SleepFor(absl::Milliseconds(800));
  ServerStreamClient<EchoRequest, EchoResponse> watch(
      echo.channel_, std::string(kPackage) + "Watch", Request("x"), rpc::Options());
  const absl::Status refused = watch.Finish();
  EXPECT_TRUE(status::Is(refused, status::kOverloaded)) << refused;
  std::thread another([&echo] { EXPECT_TRUE(echo.Send("Echo", Request("y")).ok()); });
  while (echo.Metric("rpc_server_queue_depth{lane=\"unary\"}") < 2) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  Release();
  waiting.join();
  another.join();
}

TEST_F(OneWorker, ACallWhoseCallerHasGoneIsNotRun) {
  EchoServer echo(Options(10, absl::Seconds(30)));
  Occupy(echo);
  CallOptions impatient = rpc::Options();
  impatient.timeout = absl::Milliseconds(50);
  EXPECT_EQ(echo.Send("Echo", Request("x"), impatient).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  {
    ServerStreamClient<EchoRequest, EchoResponse> cancelled(
        echo.channel_, std::string(kPackage) + "Echo", Request("x"), rpc::Options());
    AwaitDepth(echo, 2);
  }
  // The worker sees what has become of both calls only after they have been cancelled here.
  absl::SleepFor(absl::Milliseconds(50));
  Release();
  AwaitDepth(echo, 0);
  EXPECT_TRUE(echo.Send("Echo", Request("z")).ok());
  EXPECT_EQ(echo.echoes, 2);
  EXPECT_EQ(echo.Metric("rpc_server_shed_total{cause=\"abandoned\",lane=\"unary\"}"), 2);
}

TEST(Reflection, IsThereWhenAskedForAndKnowsHealth) {
  ServerOptions options = EchoServer::Defaults();
  options.reflection = true;
  EchoServer echo(options);
  echo.Start();
  EXPECT_TRUE(echo.Send("Echo", Request("x")).ok());
  EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
                "grpc.health.v1.Health"),
            nullptr);
}

}  // namespace
}  // namespace qinglian::rpc
