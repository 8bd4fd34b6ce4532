#include "common/trace/flags.h"

#include <cmath>
#include <fstream>
#include <string>

#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::trace {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string WriteFile(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

void ExpectRefused(const TraceSettings& settings, const std::string& why) {
  const auto options = CheckSettings(settings);
  ASSERT_FALSE(options.ok()) << settings.endpoint;
  EXPECT_TRUE(status::Is(options.status(), status::kConfigInvalid));
  EXPECT_THAT(std::string(options.status().message()), HasSubstr(why));
  EXPECT_THAT(std::string(options.status().message()), Not(HasSubstr("\n")));
}

TEST(TraceSettings, WithoutAnEndpointTraceNothing) {
  const auto options = CheckSettings({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->endpoint, "");
  ExpectRefused({.plain = true}, "want trace_endpoint");
  ExpectRefused({.ca_file = "ca.pem"}, "want trace_endpoint");
}

TEST(TraceSettings, WantARatioFromZeroToOne) {
  for (const double bad : {-0.1, 1.1, std::nan("")})
    ExpectRefused({.sample_ratio = bad}, "trace_sample_ratio: must be 0 to 1");
}

TEST(TraceSettings, WithoutOpenTelemetryAreRefusedWithThatReason) {
  if (CanExport()) GTEST_SKIP() << "built with OpenTelemetry";
  ExpectRefused({.endpoint = "127.0.0.1:4317"}, "built without OpenTelemetry");
}

TEST(TraceSettings, WantHostAndPortOfTheCollector) {
  if (!CanExport()) GTEST_SKIP() << "built without OpenTelemetry";
  for (const char* bad : {"collector", ":4317", "collector:", "collector:0", "collector:65536",
                          "collector:+1", "http://collector:4317", "collector:4317/v1/traces",
                          "unix:/run/collector.sock", "user@collector:4317", "a b:1"}) {
    ExpectRefused({.endpoint = bad, .plain = true}, "is not host:port");
  }
}

TEST(TraceSettings, SpeakPlainlyToThisMachineAloneUnlessTheyAreToldTo) {
  if (!CanExport()) GTEST_SKIP() << "built without OpenTelemetry";
  for (const char* here : {"127.0.0.1:4317", "localhost:4317", "[::1]:4317"}) {
    const auto options = CheckSettings({.endpoint = here});
    EXPECT_TRUE(options.ok()) << options.status();
  }
  ExpectRefused({.endpoint = "collector:4317"}, "on another machine");
  EXPECT_TRUE(CheckSettings({.endpoint = "collector:4317", .plain = true}).ok());
}

TEST(TraceSettings, TakeTheAuthoritiesOfTheCollectorFromAFile) {
  if (!CanExport()) GTEST_SKIP() << "built without OpenTelemetry";
  const std::string ca = WriteFile("ca.pem", "-----BEGIN CERTIFICATE-----\n");
  const auto options = CheckSettings({.endpoint = "collector:4317", .ca_file = ca});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->ca_certificates, "-----BEGIN CERTIFICATE-----\n");
  ExpectRefused({.endpoint = "collector:4317", .ca_file = "/none"}, "/none cannot be read");
  ExpectRefused({.endpoint = "collector:4317", .ca_file = WriteFile("empty.pem", "")},
                "holds no certificate");
  ExpectRefused({.endpoint = "collector:4317", .ca_file = ca, .plain = true}, "says otherwise");
}

}  // namespace
}  // namespace qinglian::trace
