// What each process takes to start and to be there.
#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/rpc/channel.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/bench/bench.h"
#include "tests/bench/process.h"
#include "tests/support/system.h"

namespace qinglian::bench {
namespace {

// What a process has to come to rest before it counts as idle.
constexpr absl::Duration kRest = absl::Seconds(1);

// The services of this build.
std::vector<std::string> Services() {
  std::vector<std::string> services;
  for (const char* name : {"organization", "risk", "supervision", "review"}) {
    if (::access(Binary(name).c_str(), X_OK) == 0) services.emplace_back(name);
  }
  return services;
}

std::vector<std::string> Processes() {
  std::vector<std::string> processes = Services();
  processes.emplace_back("gateway");
  return processes;
}

bool Serves(const std::string& address) {
  // A channel of its own each time: an old one waits before it tries again.
  const auto channel = rpc::Connect(address, {.own_connections = true});
  grpc::health::v1::HealthCheckRequest request;
  grpc::health::v1::HealthCheckResponse response;
  rpc::CallOptions options;
  options.timeout = absl::Seconds(1);
  return rpc::InvokeRaw(*channel, "/grpc.health.v1.Health/Check", request, response, options)
             .ok() &&
         response.status() == grpc::health::v1::HealthCheckResponse::SERVING;
}

// Starts a process that was stopped; how long it takes until it says that it serves, in seconds.
double Start(test::System& system, const std::string& process) {
  const std::string address = system.address(process);
  const absl::Time begin = absl::Now();
  absl::Time serving;
  std::thread watcher([&] {
    while (!Serves(address)) absl::SleepFor(absl::Milliseconds(2));
    serving = absl::Now();
  });
  system.Start(process);
  watcher.join();
  return absl::ToDoubleSeconds(serving - begin);
}

// Resident memory in MiB.
double ResidentOf(const std::string& process) {
  std::ifstream status(absl::StrCat("/proc/", PidOf(process), "/status"));
  for (std::string word; status >> word;) {
    double kilobytes = 0;
    if (word == "VmRSS:" && status >> kilobytes) return kilobytes / 1024;
  }
  Fail(process + " has no memory");
}

void Run(const Settings& settings, Report& report) {
  test::System system(Services());
  for (int i = 0; i < settings.rounds; ++i) {
    for (const std::string& process : Processes()) {
      if (!report.Wants("start_" + process) && !report.Wants("rss_idle_" + process)) continue;
      system.Stop(process, SIGTERM);
      report.Add("start_" + process, Start(system, process), "s");
      absl::SleepFor(kRest);
      report.Add("rss_idle_" + process, ResidentOf(process), "MiB");
    }
    Note(absl::StrCat("start and rss_idle: round ", i + 1, " of ", settings.rounds));
  }
}

}  // namespace

Group ProcessFigures() {
  Group group{{}, Run};
  for (const std::string& process : Processes()) {
    group.names.push_back("rss_idle_" + process);
    group.names.push_back("start_" + process);
  }
  return group;
}

}  // namespace qinglian::bench
