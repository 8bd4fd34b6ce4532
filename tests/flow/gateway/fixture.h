// A gateway in this process, and a service behind it.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_FIXTURE_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_FIXTURE_H_

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "common/metrics/metrics.h"
#include "services/gateway/server.h"
#include "tests/flow/gateway/backend.h"
#include "tests/flow/gateway/caller.h"
#include "tests/support/identity.h"

namespace qinglian::gateway::test {

// Looks again and again, for a minute at most, until `holds`.
inline bool Await(const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    options_.listen = "127.0.0.1:0";
    options_.upstreams = {{"testing", backend_.target()},
                          {"absent", "127.0.0.1:1"},
                          {"organization", registry_service_.target()}};
    options_.tokens.issuer = Provider::kIssuer;
    options_.tokens.audience = Provider::kAudience;
    options_.token_keys.url = Provider::KeysUrl();
    options_.client_quota = {};
    options_.person_quota = {};
    options_.identity_keys = qinglian::test::IdentityKeys();
    options_.drain_delay = absl::ZeroDuration();
    options_.health_interval = absl::Milliseconds(20);
  }

  // Starts the gateway with options_, and the caller.
  void Start() {
    // Of an earlier start: before the registry that it reports to.
    server_.reset();
    registry_ = std::make_unique<metrics::Registry>("gateway", "test");
    auto server = Server::Start(options_, {EchoDescriptor()}, *registry_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    caller_ = std::make_unique<Caller>(server_->port());
    ASSERT_TRUE(Await([this] {
      grpc::health::v1::HealthCheckResponse::ServingStatus serving;
      return caller_->Health("", &serving).ok() &&
             serving == grpc::health::v1::HealthCheckResponse::SERVING;
    }));
  }

  Backend backend_;
  Registry registry_service_;
  Options options_;
  std::unique_ptr<metrics::Registry> registry_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Caller> caller_;
};

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_FIXTURE_H_
