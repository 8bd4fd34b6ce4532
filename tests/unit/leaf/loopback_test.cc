#include "common/config/loopback.h"

#include "common/metrics/exposer.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::config {
namespace {

using ::testing::HasSubstr;

TEST(Loopback, AddressesOfThisMachineAreTaken) {
  for (const char* good : {"127.0.0.1:0", "127.8.9.10:65535", "[::1]:5000", "localhost:5000",
                           "unix:/run/x", "unix-abstract:x"}) {
    EXPECT_TRUE(CheckLoopback("listen", good).ok()) << good;
  }
}

TEST(Loopback, EveryOtherIsRefusedSayingWhy) {
  for (const char* bad : {"0.0.0.0:5000",
                          "[::]:5000",
                          "*:7200",
                          "10.0.0.1:80",
                          "128.0.0.1:80",
                          "127.0.0.1",
                          "127.0.0.1:",
                          "127.0.0.1:x",
                          "127.0.0.1:http",
                          "127.0.0.1:-1",
                          "127.0.0.1:+1",
                          "127.0.0.1:70000",
                          "127.0.0.256:1",
                          "127.1:80",
                          "::1:80",
                          "[::ffff:10.0.0.1]:1",
                          "localhost.example.com:80",
                          "127.0.0.1.example.com:80",
                          "example.com:80",
                          ":80",
                          "",
                          "dns:///localhost:80"}) {
    const absl::Status status = CheckLoopback("listen", bad);
    EXPECT_TRUE(status::Is(status, status::kConfigInvalid)) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("only the edge may be reached")) << bad;
    EXPECT_THAT(std::string(status.message()), HasSubstr("listen")) << bad;
  }
}

TEST(Loopback, MetricsAreServedNowhereElse) {
  const auto exposer =
      metrics::Exposer::Start("0.0.0.0:0", std::make_shared<metrics::Registry>("test", "0"));
  EXPECT_TRUE(status::Is(exposer.status(), status::kConfigInvalid)) << exposer.status();
  EXPECT_THAT(std::string(exposer.status().message()), HasSubstr("metrics_address"));
}

}  // namespace
}  // namespace qinglian::config
