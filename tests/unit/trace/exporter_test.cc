#include "common/trace/exporter.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/trace/span.h"
#include "gtest/gtest.h"

namespace qinglian::trace {
namespace {

// Nobody listens there.
ExporterOptions DeadCollector() {
  ExporterOptions options;
  options.service = "test";
  options.endpoint = "127.0.0.1:1";
  options.ratio = 1;
  options.queue_size = 100;
  options.batch_size = 50;
  options.interval = absl::Milliseconds(20);
  options.timeout = absl::Milliseconds(200);
  options.flush = absl::Milliseconds(200);
  return options;
}

// The sum of all series of a metric.
double Sum(metrics::Registry& registry, const std::string& name) {
  double sum = 0;
  for (const auto line : absl::StrSplit(registry.Render(), '\n')) {
    double value = 0;
    const size_t blank = line.rfind(' ');
    if (absl::StartsWith(line, name) && absl::SimpleAtod(line.substr(blank + 1), &value))
      sum += value;
  }
  return sum;
}

TEST(Exporter, WithoutAnEndpointRecordsNothing) {
  metrics::Registry registry("test", "0");
  const Exporter exporter({}, registry);
  EXPECT_FALSE(Enabled());
}

TEST(Exporter, OfADeadCollectorCountsWhatItDropsAndHoldsNobodyUp) {
  if (!CanExport()) GTEST_SKIP() << "built without OpenTelemetry";
  constexpr int kSpans = 20'000;
  metrics::Registry registry("test", "0");
  auto exporter = std::make_unique<Exporter>(DeadCollector(), registry);
  ASSERT_TRUE(Enabled());
  const absl::Time begin = absl::Now();
  for (int i = 0; i < kSpans; ++i)
    Serve("Service/Method", "", true, std::chrono::steady_clock::now()).End();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(5));
  const absl::Time end = absl::Now();
  exporter = nullptr;
  EXPECT_LT(absl::Now() - end, absl::Seconds(3));
  EXPECT_FALSE(Enabled());
  EXPECT_EQ(Sum(registry, "trace_spans_exported_total"), 0);
  EXPECT_EQ(Sum(registry, "trace_spans_dropped_total"), kSpans);
}

}  // namespace
}  // namespace qinglian::trace
