#include "common/metrics/metrics.h"
#include "common/rpc/caller.h"
#include "common/rpc/codec.h"
#include "common/rpc/server.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "qinglian/example/v1/echo.pb.h"
#include "tests/support/identity.h"

namespace qinglian::rpc {
namespace {

using qinglian::example::v1::EchoRequest;
using qinglian::example::v1::EchoResponse;
using testing::HasSubstr;

TEST(Codec, AnErrorKeepsItsDetailsOverTheWire) {
  const absl::Status status = status::NotFound("example.qinglian/Thing", "things/1");
  const grpc::Status wire = ToGrpc(status);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(wire.error_details()));
  EXPECT_EQ(details.code(), wire.error_code());
  const absl::Status back = FromGrpc(wire);
  EXPECT_TRUE(status::Is(back, status::kResourceNotFound));
  EXPECT_EQ(back.message(), status.message());
}

TEST(Codec, AnErrorOfAnotherProgramKeepsCodeAndText) {
  const absl::Status plain =
      FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "connect failed"));
  EXPECT_EQ(plain.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(plain.message(), "connect failed");
  // Details of another code do not speak of this error.
  google::rpc::Status details;
  details.set_code(5);
  const absl::Status mixed = FromGrpc(
      grpc::Status(grpc::StatusCode::UNAVAILABLE, "connect failed", details.SerializeAsString()));
  EXPECT_EQ(mixed.code(), absl::StatusCode::kUnavailable);
}

TEST(Codec, AConnectionThatWasLostUnderTheCallIsUnavailable) {
  using grpc::StatusCode;
  EXPECT_TRUE(absl::IsUnavailable(FromGrpc(grpc::Status(StatusCode::UNKNOWN, "Stream removed"))));
  EXPECT_TRUE(absl::IsUnknown(FromGrpc(grpc::Status(StatusCode::UNKNOWN, "something else"))));
}

TEST(Codec, BytesThatAreNotTheMessageAreAnInvalidRequest) {
  const grpc::Slice slice("\xff\xff\xff");
  grpc::ByteBuffer bytes(&slice, 1);
  EchoRequest request;
  EXPECT_TRUE(status::Is(Decode(bytes, request), status::kRequestInvalid));
}

TEST(Codec, FieldsThatTheContractDoesNotKnowAreLeftOutOfRequestsAlone) {
  EchoRequest sent;
  sent.set_text("text");
  sent.GetReflection()->MutableUnknownFields(&sent)->AddVarint(1000, 1);
  grpc::ByteBuffer bytes;
  EchoRequest request, message;
  ASSERT_TRUE(Encode(sent, bytes).ok());
  ASSERT_TRUE(DecodeRequest(bytes, request).ok());
  EXPECT_EQ(request.text(), "text");
  EXPECT_TRUE(request.GetReflection()->GetUnknownFields(request).empty());
  // Answers and feeds keep what a newer service sends.
  ASSERT_TRUE(Encode(sent, bytes).ok());
  ASSERT_TRUE(Decode(bytes, message).ok());
  EXPECT_FALSE(message.GetReflection()->GetUnknownFields(message).empty());
}

class Binding : public testing::Test {
 protected:
  static absl::StatusOr<EchoResponse> Echo(Call&, const EchoRequest&) { return EchoResponse(); }

  metrics::Registry registry_{"test", "0"};
  static ServerOptions Options() {
    ServerOptions options;
    options.pipeline.identity_keys = test::IdentityKeys();
    return options;
  }

  Server server_{Options(), registry_};
};

TEST_F(Binding, AMethodThatIsNotBoundIsRefusedAtStart) {
  Service service(server_.pipeline(), "qinglian.example.v1.EchoService");
  service.Unary<EchoRequest, EchoResponse>("Echo", Echo);
  server_.Add(&service);
  const absl::Status status = server_.Start();
  EXPECT_TRUE(status::Is(status, status::kConfigInvalid));
  EXPECT_THAT(status.message(), HasSubstr("Fail is not bound"));
  EXPECT_THAT(status.message(), HasSubstr("Watch is not bound"));
}

TEST_F(Binding, WrongTypesNamesAndDirectionsAreRefusedAtStart) {
  struct Case {
    std::function<void(Service&)> bind;
    const char* fault;
  };
  for (const Case& c : std::vector<Case>{
           {[](Service& s) {
              s.Unary<EchoRequest, EchoRequest>(
                  "Hush",
                  [](Call&, const EchoRequest& r) -> absl::StatusOr<EchoRequest> { return r; });
            },
            "Hush is bound with other types"},
           {[](Service& s) { s.Unary<EchoRequest, EchoResponse>("Whisper", Echo); },
            "there is no method Whisper"},
           {[](Service& s) {
              s.Unary<EchoRequest, EchoResponse>("Hush", Echo);
              s.Unary<EchoRequest, EchoResponse>("Hush", Echo);
            },
            "Hush is bound twice"},
           {[](Service& s) {
              s.ServerStream<EchoRequest, EchoResponse>(
                  "Hush", [](Call&, const EchoRequest&, Writer<EchoResponse>&) {
                    return absl::OkStatus();
                  });
            },
            "directions"},
           {[](Service& s) { s.Reserve("Hush"); }, "there is no unary method Hush to reserve for"},
           {[](Service& s) { s.Reserve("Whisper"); }, "there is no unary method Whisper"}}) {
    Service service(server_.pipeline(), "qinglian.example.v1.SilentService");
    c.bind(service);
    EXPECT_THAT(service.Seal().message(), HasSubstr(c.fault));
  }
}

TEST_F(Binding, AServiceThatIsNotLinkedInIsRefused) {
  Service service(server_.pipeline(), "qinglian.example.v1.NoService");
  EXPECT_THAT(service.Seal().message(), HasSubstr("NoService"));
}

TEST(Server, RefusesToListenWhereOthersCanCall) {
  metrics::Registry registry("test", "0");
  ServerOptions options;
  options.listen = "0.0.0.0:0";
  Server server(options, registry);
  EXPECT_TRUE(status::Is(server.Start(), status::kConfigInvalid));
}

}  // namespace
}  // namespace qinglian::rpc
