// What the gateway refuses, what it says where a service is away, and what it tells of its health.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/flow/gateway/fixture.h"

namespace qinglian::gateway::test {
namespace {

using grpc::ByteBuffer;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using std::chrono::system_clock;
using ::testing::HasSubstr;

class Limits : public GatewayTest {};

TEST_F(Limits, AServiceThatNobodyKnowsIsRefusedWithItsReason) {
  Start();
  for (const char* path : {"/qinglian.other.v1.Service/Get", "/qinglian.testing.v2.Service/Get",
                           "/google.longrunning.Operations/Get", "/qinglian.testing.v1/Get"}) {
    grpc::ClientContext context;
    const grpc::Status status = caller_->Unary(path, "", nullptr, context);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << path;
    EXPECT_EQ(InfoOf(status).reason(), "METHOD_UNKNOWN") << path;
  }
}

TEST_F(Limits, ATooLargeMessageIsRefusedEitherWay) {
  options_.max_message_bytes = 100'000;
  Start();
  EXPECT_TRUE(caller_->Echo("big 100000").ok());
  EXPECT_EQ(caller_->Echo("big 100001").error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(caller_->Echo("echo " + std::string(99'995, 'x')).ok());
  const grpc::Status status = caller_->Echo("echo " + std::string(99'996, 'x'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(caller_->Echo("echo").ok());
}

TEST_F(Limits, ATooLargeMessageOfAStreamIsRefusedEitherWay) {
  options_.max_message_bytes = 60'000;
  Start();
  grpc::ClientContext up;
  const std::string talk = MethodPath("Talk");
  auto stream = caller_->Open(talk, up);
  stream->Write(ToBuffer(std::string(60'001, 'x')));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);

  grpc::ClientContext down;
  const std::string expand = MethodPath("Expand");
  stream = caller_->Open(expand, down);
  stream->Write(ToBuffer("flood"));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(backend_.AwaitCancelled(1));
}

TEST_F(Limits, AMessageBeyondAllMeasureIsCutOffAndTheGatewayServesOn) {
  options_.max_message_bytes = 1 << 20;
  options_.max_buffer_bytes = 16 << 20;
  Start();
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  own.SetInt(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
  Caller other(server_->port(), own);
  EXPECT_FALSE(other.Echo(std::string(100 << 20, 'x')).ok());
  EXPECT_TRUE(Await([&] { return caller_->Echo("echo").ok(); }));
}

TEST_F(Limits, TooMuchMetadataIsRefused) {
  Start();
  grpc::ClientContext fits;
  fits.AddMetadata("filler", std::string(7'000, 'm'));
  EXPECT_TRUE(caller_->Unary(MethodPath("Echo"), "echo", nullptr, fits).ok());
  for (const size_t size : {9'000u, 60'000u}) {
    grpc::ClientContext context;
    context.AddMetadata("filler", std::string(size, 'm'));
    EXPECT_EQ(caller_->Unary(MethodPath("Echo"), "echo", nullptr, context).error_code(),
              grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  const grpc::Status after = caller_->Echo("echo");
  EXPECT_TRUE(after.ok()) << after.error_code() << after.error_message();
}

TEST_F(Limits, WhoSendsMetadataWithoutMeasureLosesHisOwnConnectionOnly) {
  Start();
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  Caller other(server_->port(), own);
  grpc::ClientContext open;
  const std::string path = MethodPath("Talk");
  const auto stream = caller_->Open(path, open);
  stream->WaitForInitialMetadata();
  grpc::ClientContext context;
  context.AddMetadata("filler", std::string(500'000, 'm'));
  EXPECT_FALSE(other.Unary(MethodPath("Echo"), "echo", nullptr, context).ok());
  EXPECT_TRUE(caller_->Echo("echo").ok());
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(Limits, CallsBeyondTheGreatestNumberAreShedAndHealthIsNot) {
  options_.max_calls = 2;
  Start();
  grpc::ClientContext contexts[2];
  const std::string path = MethodPath("Talk");
  std::vector<std::unique_ptr<Stream>> streams;
  for (grpc::ClientContext& context : contexts) {
    streams.push_back(caller_->Open(path, context));
    streams.back()->WaitForInitialMetadata();
  }
  const grpc::Status status = caller_->Echo("echo");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(InfoOf(status).reason(), "OVERLOADED");
  EXPECT_TRUE(HasRetryInfo(status));
  HealthCheckResponse::ServingStatus serving;
  EXPECT_TRUE(caller_->Health("", &serving).ok());
  for (const auto& stream : streams) {
    stream->WritesDone();
    EXPECT_TRUE(stream->Finish().ok());
  }
  EXPECT_TRUE(Await([&] { return caller_->Echo("echo").ok(); }));
}

TEST_F(Limits, ACallThatNeverSendsItsRequestIsEnded) {
  options_.default_deadline = absl::Milliseconds(100);
  Start();
  for (const char* method : {"Echo", "Hidden"}) {
    grpc::ClientContext context;
    const std::string path = MethodPath(method);
    const auto stream = caller_->Open(path, context);
    ByteBuffer message;
    EXPECT_FALSE(stream->Read(&message));
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << method;
  }
}

TEST_F(Limits, AUnaryCallThatEndsWithoutAMessageIsRefused) {
  Start();
  grpc::ClientContext context;
  const std::string path = MethodPath("Echo");
  const auto stream = caller_->Open(path, context);
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status).reason(), "REQUEST_INVALID");
}

TEST_F(Limits, AServiceThatIsAwayIsNamedAndItsHostIsNot) {
  Start();
  for (const char* method : {"/qinglian.absent.v1.Service/Get"}) {
    grpc::ClientContext context;
    const grpc::Status status = caller_->Unary(method, "", nullptr, context);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(InfoOf(status).reason(), "UPSTREAM_UNAVAILABLE");
    EXPECT_EQ(InfoOf(status).metadata().at("service"), "absent");
    EXPECT_TRUE(HasRetryInfo(status));
    EXPECT_EQ(status.error_message().find("127.0.0.1"), std::string::npos);
  }
}

TEST_F(Limits, AServiceThatGoesAndComesBackIsServedAgain) {
  auto service = std::make_unique<Backend>();
  const int port = service->port();
  options_.upstreams = {{"testing", service->target()},
                        {"organization", registry_service_.target()}};
  Start();
  EXPECT_TRUE(caller_->Echo("echo").ok());
  HealthCheckResponse::ServingStatus serving;
  const auto says = [&](HealthCheckResponse::ServingStatus wanted) {
    return Await([&] { return caller_->Health(kService, &serving).ok() && serving == wanted; });
  };
  EXPECT_TRUE(says(HealthCheckResponse::SERVING));

  service.reset();
  EXPECT_TRUE(Await([&] {
    const grpc::Status status = caller_->Echo("echo");
    return InfoOf(status).reason() == "UPSTREAM_UNAVAILABLE" && HasRetryInfo(status);
  }));
  EXPECT_TRUE(says(HealthCheckResponse::NOT_SERVING));
  // The gateway itself is well, the whole is not.
  EXPECT_TRUE(caller_->Health("", &serving).ok());
  EXPECT_EQ(serving, HealthCheckResponse::SERVING);
  EXPECT_TRUE(caller_->Health("qinglian", &serving).ok());
  EXPECT_EQ(serving, HealthCheckResponse::NOT_SERVING);

  service = std::make_unique<Backend>(port);
  EXPECT_TRUE(Await([&] { return caller_->Echo("echo").ok(); }));
  EXPECT_TRUE(says(HealthCheckResponse::SERVING));
  EXPECT_TRUE(caller_->Health("qinglian", &serving).ok());
  EXPECT_EQ(serving, HealthCheckResponse::SERVING);
}

TEST_F(Limits, HealthOfANameThatNobodyKnowsIsNotFound) {
  Start();
  HealthCheckResponse::ServingStatus serving;
  EXPECT_EQ(caller_->Health("no.such.Service", &serving).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(Limits, AWatcherOfHealthIsToldEachChange) {
  auto service = std::make_unique<Backend>();
  options_.upstreams = {{"testing", service->target()},
                        {"organization", registry_service_.target()}};
  Start();
  HealthCheckRequest request;
  request.set_service("qinglian.testing.v1");
  grpc::ClientContext context;
  const auto stream = caller_->Open("/grpc.health.v1.Health/Watch", context);
  stream->Write(ToBuffer(request.SerializeAsString()));
  stream->WritesDone();
  const auto next = [&] {
    ByteBuffer message;
    HealthCheckResponse response;
    if (stream->Read(&message)) response.ParseFromString(ToText(message));
    return response.status();
  };
  HealthCheckResponse::ServingStatus serving = next();
  // It may have been asked before the first probe was over.
  if (serving == HealthCheckResponse::NOT_SERVING) serving = next();
  EXPECT_EQ(serving, HealthCheckResponse::SERVING);
  service.reset();
  EXPECT_EQ(next(), HealthCheckResponse::NOT_SERVING);
  context.TryCancel();
  stream->Finish();
}

TEST_F(Limits, AnAddressThatOthersCanReachIsRefused) {
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:7200"}) {
    options_.listen = address;
    metrics::Registry registry("gateway", "test");
    const auto server = Server::Start(options_, {EchoDescriptor()}, registry);
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(server.status().message()), HasSubstr("is not host:port on loopback"));
  }
}

TEST_F(Limits, ATakenPortIsRefused) {
  Start();
  options_.listen = "127.0.0.1:" + std::to_string(server_->port());
  metrics::Registry registry("gateway", "test");
  const auto second = Server::Start(options_, {EchoDescriptor()}, registry);
  EXPECT_FALSE(second.ok());
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace qinglian::gateway::test
