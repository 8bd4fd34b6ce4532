#include "common/metrics/metrics.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "common/metrics/exposer.h"
#include "common/status/status.h"

namespace qinglian::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr CounterDefinition kRequests{
    "rpc_server_requests_total", "Calls answered.", {"method", "code"}};
constexpr GaugeDefinition kDepth{"rpc_server_queue_depth", "Calls that wait."};
constexpr HistogramDefinition kDuration{
    "rpc_server_handling_seconds", "Time to answer.", {"method"}, {0.1, 1}};
constexpr GaugeDefinition kOpen{"cases_open", "Cases not closed.", {"division"}};

TEST(Metrics, EveryDeclaredSeriesIsThereFromTheStart) {
  Registry registry("risk", "1.2.3");
  registry.Declare(kRequests, Product({{"Get", "List"}, {"OK", "INTERNAL"}}));
  registry.Declare(kDepth);
  registry.Declare(kDuration, Product({{"Get"}}));
  const std::string text = registry.Render();
  for (const char* line : {"# TYPE rpc_server_requests_total counter",
                           "rpc_server_requests_total{code=\"INTERNAL\",method=\"List\"} 0",
                           "rpc_server_queue_depth 0",
                           "rpc_server_handling_seconds_bucket{method=\"Get\",le=\"0.1\"} 0",
                           "rpc_server_handling_seconds_bucket{method=\"Get\",le=\"+Inf\"} 0",
                           "build_info{service=\"risk\",version=\"1.2.3\"} 1",
                           "metrics_undeclared_total{metric=\"rpc_server_requests_total\"} 0"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Metrics, ChangesOfASeriesAreSeen) {
  Registry registry("risk", "1");
  auto& requests = registry.Declare(kRequests, Product({{"Get"}, {"OK"}}));
  Counter& ok = requests.With({"Get", "OK"});
  EXPECT_EQ(&ok, &requests.With(Values{"Get", "OK"}));
  std::thread other([&ok] { ok.Increment(); });
  ok.Increment(2);
  other.join();
  registry.Declare(kDepth).With().Set(7);
  registry.Declare(kDuration, Product({{"Get"}})).With({"Get"}).Observe(0.5);
  const std::string text = registry.Render();
  EXPECT_THAT(text, HasSubstr("rpc_server_requests_total{code=\"OK\",method=\"Get\"} 3"));
  EXPECT_THAT(text, HasSubstr("rpc_server_queue_depth 7"));
  EXPECT_THAT(text, HasSubstr("rpc_server_handling_seconds_bucket{method=\"Get\",le=\"1\"} 1"));
  EXPECT_THAT(text, HasSubstr("rpc_server_handling_seconds_bucket{method=\"Get\",le=\"0.1\"} 0"));
}

TEST(Metrics, LabelValuesThatWereNotDeclaredMakeNoSeriesButAreCounted) {
  Registry registry("risk", "1");
  auto& requests = registry.Declare(kRequests, Product({{"Get"}, {"OK"}}));
  requests.With({"Evil", "OK"}).Increment();
  const std::string text = registry.Render();
  EXPECT_THAT(text, Not(HasSubstr("Evil")));
  EXPECT_THAT(text, HasSubstr("metrics_undeclared_total{metric=\"rpc_server_requests_total\"} 1"));
}

TEST(Metrics, ASetIsReplacedAsAWhole) {
  Registry registry("risk", "1");
  GaugeSet& open = registry.DeclareSet(kOpen);
  open.Replace({{{"330100"}, 4}, {{"330200"}, 5}});
  EXPECT_THAT(registry.Render(), HasSubstr("cases_open{division=\"330200\"} 5"));
  open.Replace({{{"330100"}, 6}});
  EXPECT_THAT(registry.Render(), HasSubstr("cases_open{division=\"330100\"} 6"));
  EXPECT_THAT(registry.Render(), Not(HasSubstr("330200")));
}

TEST(Metrics, AHookRunsBeforeEachScrapeUntilItIsGone) {
  Registry registry("risk", "1");
  Gauge& depth = registry.Declare(kDepth).With();
  {
    const Registry::Hook hook = registry.BeforeCollect([&depth] { depth.Increment(); });
    registry.Render();
    EXPECT_THAT(registry.Render(), HasSubstr("rpc_server_queue_depth 2"));
  }
  EXPECT_THAT(registry.Render(), HasSubstr("rpc_server_queue_depth 2"));
}

TEST(Metrics, TheProcessIsDescribed) {
  Registry registry("risk", "1");
  for (const auto& family : registry.Collect()) {
    if (!family.name.starts_with("process_")) continue;
    ASSERT_EQ(family.metric.size(), 1u);
    if (family.name == "process_cpu_seconds_total") continue;
    EXPECT_GT(family.metric[0].gauge.value, 0) << family.name;
  }
}

TEST(Metrics, TheListForGoldenTestsNamesKindsAndLabels) {
  Registry registry("risk", "1");
  registry.Declare(kRequests, Product({{"Get"}, {"OK"}}));
  registry.DeclareSet(kOpen);
  registry.Declare(kDuration, Product({{"Get"}}));
  EXPECT_EQ(registry.Describe(),
            "counter metrics_undeclared_total{metric}\n"
            "counter process_cpu_seconds_total\n"
            "counter rpc_server_requests_total{method,code}\n"
            "gauge build_info{service,version}\n"
            "gauge cases_open{division}\n"
            "gauge process_max_fds\n"
            "gauge process_open_fds\n"
            "gauge process_resident_memory_bytes\n"
            "gauge process_start_time_seconds\n"
            "gauge process_threads\n"
            "histogram rpc_server_handling_seconds{method}\n");
}

TEST(MetricsDeathTest, AWrongDeclarationEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Registry registry("risk", "1");
  auto& requests = registry.Declare(kRequests, Product({{"Get"}, {"OK"}}));
  EXPECT_DEATH(registry.Declare(kRequests), "declared twice: rpc_server_requests_total");
  EXPECT_DEATH(registry.Declare(GaugeDefinition{"a-b", ""}), "not a metric name");
  EXPECT_DEATH(registry.Declare(GaugeDefinition{"a", "", {"B"}}), "not a label name");
  EXPECT_DEATH(registry.Declare(CounterDefinition{"calls", ""}), "_total");
  EXPECT_DEATH(registry.Declare(HistogramDefinition{"h", "", {}, {2, 1}}), "do not rise");
  EXPECT_DEATH(registry.Declare(GaugeDefinition{"g", "", {"x"}}, {{"1", "2"}}), "wrong number");
  EXPECT_DEATH(requests.With({"Get"}), "wrong number");
}

// One HTTP exchange; "" where nobody answers.
std::string Get(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) answer.append(buffer, n);
  }
  close(fd);
  return answer;
}

TEST(Exposer, ServesTheRegistryOverHttp) {
  auto registry = std::make_shared<Registry>("risk", "1");
  registry->Declare(kDepth).With().Set(7);
  const auto exposer = Exposer::Start("127.0.0.1:0", registry);
  ASSERT_TRUE(exposer.ok()) << exposer.status();
  EXPECT_THAT(Get((*exposer)->port(), "/metrics"), HasSubstr("\nrpc_server_queue_depth 7\n"));
  EXPECT_THAT(Get((*exposer)->port(), "/other"), HasSubstr("404"));
}

TEST(Exposer, AnAddressThatIsTakenIsAnError) {
  auto registry = std::make_shared<Registry>("risk", "1");
  const auto first = Exposer::Start("127.0.0.1:0", registry);
  ASSERT_TRUE(first.ok());
  const auto second = Exposer::Start("127.0.0.1:" + std::to_string((*first)->port()), registry);
  EXPECT_EQ(status::ReasonOf(second.status()), "IO_FAILED");
}

}  // namespace
}  // namespace qinglian::metrics
