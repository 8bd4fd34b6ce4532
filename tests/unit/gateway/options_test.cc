#include "services/gateway/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "common/status/status.h"
#include "tests/support/identity.h"

namespace qinglian::gateway {
namespace {

using ::testing::HasSubstr;

TEST(Upstreams, AreReadAsNamesAndTargets) {
  const auto upstreams = ParseUpstreams("organization=127.0.0.1:7201, risk=dns:///risk:7202,");
  ASSERT_TRUE(upstreams.ok()) << upstreams.status();
  ASSERT_EQ(upstreams->size(), 2u);
  EXPECT_EQ((*upstreams)[0].name, "organization");
  EXPECT_EQ((*upstreams)[0].target, "127.0.0.1:7201");
  EXPECT_EQ((*upstreams)[1].name, "risk");
  EXPECT_EQ((*upstreams)[1].target, "dns:///risk:7202");
}

TEST(Upstreams, ThatCannotBeReadAreRefused) {
  for (const char* text :
       {"", ",", "risk", "risk=", "=127.0.0.1:1", "Risk=a:1", "risk.v1=a:1", "risk=a:1,risk=b:2"}) {
    const auto upstreams = ParseUpstreams(text);
    EXPECT_EQ(status::ReasonOf(upstreams.status()), "CONFIG_INVALID") << text;
  }
}

TEST(Limits, ThatMakeNoSenseAreRefusedByName) {
  Options good;
  good.upstreams = {{"organization", "127.0.0.1:7201"}};
  good.identity_keys = qinglian::test::IdentityKeys();
  EXPECT_TRUE(CheckOptions(good).ok());
  const struct {
    const char* name;
    std::function<void(Options&)> spoil;
  } rows[] = {
      {"listen", [](Options& o) { o.listen = "0.0.0.0:1"; }},
      {"upstream", [](Options& o) { o.upstreams.clear(); }},
      {"upstream",
       [](Options& o) {
         o.upstreams.push_back({"risk", "dns:///risk:7202"});
       }},
      {"upstream",
       [](Options& o) {
         o.upstreams.push_back({"risk", "10.0.0.1:7202"});
       }},
      {"identity_key_file", [](Options& o) { o.identity_keys = nullptr; }},
      {"organization",
       [](Options& o) {
         o.upstreams = {{"risk", "127.0.0.1:7202"}};
       }},
      {"client_calls_per_second", [](Options& o) { o.client_quota.calls_per_second = -1; }},
      {"threads", [](Options& o) { o.threads = 0; }},
      {"channels", [](Options& o) { o.channels = 0; }},
      {"max_message_bytes", [](Options& o) { o.max_message_bytes = 0; }},
      {"max_metadata_bytes", [](Options& o) { o.max_metadata_bytes = 10; }},
      {"max_concurrent_streams", [](Options& o) { o.max_concurrent_streams = 0; }},
      {"max_calls", [](Options& o) { o.max_calls = 0; }},
      {"max_buffer_bytes", [](Options& o) { o.max_buffer_bytes = o.max_message_bytes - 1; }},
      {"default_deadline", [](Options& o) { o.default_deadline = absl::ZeroDuration(); }},
      {"default_deadline", [](Options& o) { o.max_deadline = absl::Seconds(1); }},
      {"drain_delay", [](Options& o) { o.drain_delay = -absl::Seconds(1); }},
      {"drain_timeout", [](Options& o) { o.drain_timeout = -absl::Seconds(1); }},
      {"health_interval", [](Options& o) { o.health_interval = absl::ZeroDuration(); }},
  };
  for (const auto& row : rows) {
    Options bad = good;
    row.spoil(bad);
    const absl::Status status = CheckOptions(bad);
    EXPECT_EQ(status::ReasonOf(status), "CONFIG_INVALID") << row.name;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.name));
  }
}

}  // namespace
}  // namespace qinglian::gateway
