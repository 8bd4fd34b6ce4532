#include "services/gateway/router.h"

#include <gtest/gtest.h>

#include "google/protobuf/descriptor.pb.h"
#include "services/gateway/health.h"

namespace qinglian::gateway {
namespace {

using grpc::health::v1::HealthCheckResponse;

// A contract with one service of `risk`: Get is unary, Watch streams down, Upload up, Talk both
// ways.
const google::protobuf::ServiceDescriptor* Contract() {
  static auto& pool = *new google::protobuf::DescriptorPool();
  google::protobuf::FileDescriptorProto file;
  file.set_name("risk.proto");
  file.set_package("qinglian.risk.v1");
  file.add_message_type()->set_name("M");
  google::protobuf::ServiceDescriptorProto* service = file.add_service();
  service->set_name("RiskPointService");
  const auto add = [&](const char* name, bool up, bool down) {
    google::protobuf::MethodDescriptorProto* method = service->add_method();
    method->set_name(name);
    method->set_input_type(".qinglian.risk.v1.M");
    method->set_output_type(".qinglian.risk.v1.M");
    method->set_client_streaming(up);
    method->set_server_streaming(down);
  };
  add("Get", false, false);
  add("Watch", false, true);
  add("Upload", true, false);
  add("Talk", true, true);
  static const google::protobuf::FileDescriptor* built = pool.BuildFile(file);
  return built->service(0);
}

class RouterTest : public ::testing::Test {
 protected:
  const Router router_{{"organization", "risk"}, {Contract()}};
};

TEST_F(RouterTest, MethodsOfTheContractHaveTheirKindAndUpstream) {
  const struct {
    const char* method;
    Kind kind;
  } rows[] = {{"Get", Kind::kUnary},
              {"Watch", Kind::kServerStreaming},
              {"Upload", Kind::kStreaming},
              {"Talk", Kind::kStreaming}};
  for (const auto& row : rows) {
    const Route route =
        router_.Find(std::string("/qinglian.risk.v1.RiskPointService/") + row.method);
    EXPECT_EQ(route.kind, row.kind) << row.method;
    EXPECT_EQ(route.upstream, 1) << row.method;
  }
}

TEST_F(RouterTest, OtherMethodsOfAKnownPackageGoToItsUpstream) {
  for (const char* path : {"/qinglian.organization.v1.New/Get", "/qinglian.organization.v1.a.B/Get",
                           "/qinglian.organization.v1.New/Get/More"}) {
    const Route route = router_.Find(path);
    EXPECT_EQ(route.kind, Kind::kUnknown) << path;
    EXPECT_EQ(route.upstream, 0) << path;
  }
}

TEST_F(RouterTest, WhatNobodyServesHasNoRoute) {
  for (const char* path :
       {"", "/", "//", "qinglian.risk.v1.S/Get", "/qinglian.risk.v1.S", "/qinglian.risk.v1.S/",
        "/qinglian.risk.v1/Get", "/qinglian.risk.v1./Get", "/qinglian.risk.v2.S/Get",
        "/qinglian.risk.v11.S/Get", "/qinglian.riskx.v1.S/Get", "/qinglian.ris.v1.S/Get",
        "/other.risk.v1.S/Get", "/QINGLIAN.risk.v1.S/Get", "/qinglian.review.v1.S/Get"}) {
    EXPECT_EQ(router_.Find(path).kind, Kind::kNone) << path;
    EXPECT_EQ(router_.Find(path).upstream, -1) << path;
  }
}

TEST_F(RouterTest, HealthIsTheGatewaysOwn) {
  EXPECT_EQ(router_.Find("/grpc.health.v1.Health/Check").kind, Kind::kHealthCheck);
  EXPECT_EQ(router_.Find("/grpc.health.v1.Health/Watch").kind, Kind::kHealthWatch);
  EXPECT_EQ(router_.Find("/grpc.health.v1.Health/Other").kind, Kind::kNone);
}

TEST_F(RouterTest, PackagesAndTheirServicesAreFoundByName) {
  EXPECT_EQ(router_.FindService("qinglian.risk.v1"), 1);
  EXPECT_EQ(router_.FindService("qinglian.risk.v1.RiskPointService"), 1);
  for (const char* name : {"", "qinglian", "qinglian.risk", "qinglian.risk.v1beta", "risk"}) {
    EXPECT_EQ(router_.FindService(name), -1) << name;
  }
}

TEST_F(RouterTest, HealthOfAServiceIsThatOfItsUpstream) {
  HealthBoard board(router_, 2);
  EXPECT_EQ(board.Get(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(board.Get("qinglian.risk.v1"), HealthCheckResponse::NOT_SERVING);
  board.Set(1, true);
  EXPECT_EQ(board.Get("qinglian.risk.v1.RiskPointService"), HealthCheckResponse::SERVING);
  EXPECT_EQ(board.Get("qinglian"), HealthCheckResponse::NOT_SERVING);
  board.Set(0, true);
  EXPECT_EQ(board.Get("qinglian"), HealthCheckResponse::SERVING);
  EXPECT_EQ(board.Get("nobody"), HealthCheckResponse::SERVICE_UNKNOWN);
}

TEST_F(RouterTest, AGatewayThatDrainsServesNothing) {
  HealthBoard board(router_, 2);
  board.Set(0, true);
  board.Set(1, true);
  board.Drain();
  for (const char* name : {"", "qinglian", "qinglian.risk.v1"}) {
    EXPECT_EQ(board.Get(name), HealthCheckResponse::NOT_SERVING) << name;
  }
}

}  // namespace
}  // namespace qinglian::gateway
