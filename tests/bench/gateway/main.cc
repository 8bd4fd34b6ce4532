// Measures the gateway against nginx: the same callers, the same backend, in turn.
//
// gateway_bench GATEWAY-BINARY [NAME…] prints a line a figure: name, median, least, greatest, unit,
// tab-separated. Each figure is a ratio of two measurements that follow each other directly; the
// median is of five such pairs.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/bench/gateway/backend.h"
#include "tests/bench/gateway/load.h"
#include "tests/bench/gateway/process.h"

namespace qinglian::bench {
namespace {

constexpr int kPairs = 5;
constexpr int kWarmupMs = 500;

int WindowMs() {
  const char* text = getenv("GATEWAY_BENCH_WINDOW_MS");
  return text != nullptr ? std::max(100, atoi(text)) : 3'000;
}

// What one measurement gives, per call.
struct Sample {
  double proxy_cpu = 0;
  double total_cpu = 0;
  double throughput = 0;
};

// A directory that is gone afterwards, also where the benchmark fails. One in a process.
class Folder {
 public:
  Folder() {
    std::string path = std::filesystem::temp_directory_path() / "gateway-bench-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) Fail("no temporary folder");
    Path() = path;
    atexit(Remove);
  }
  std::string operator/(const std::string& name) const { return Path() / name; }

 private:
  static std::filesystem::path& Path() {
    static auto& path = *new std::filesystem::path();
    return path;
  }
  static void Remove() {
    std::error_code ignored;
    std::filesystem::remove_all(Path(), ignored);
  }
};

// nginx as a gRPC proxy: one worker, connections to the backend kept and never counted out.
void WriteNginxConfig(const std::string& path, const Folder& folder, int port, int backend) {
  std::ofstream file(path);
  file << "daemon off;\nworker_processes 1;\npid " << folder / "nginx.pid"
       << ";\nerror_log stderr error;\n"
       << "events { worker_connections 1024; }\n"
       << "http {\n  access_log off;\n  client_body_temp_path " << folder / "body"
       << ";\n"
       << "  proxy_temp_path " << folder / "proxy"
       << ";\n  fastcgi_temp_path " << folder / "fastcgi"
       << ";\n"
       << "  uwsgi_temp_path " << folder / "uwsgi"
       << ";\n  scgi_temp_path " << folder / "scgi"
       << ";\n"
       << "  keepalive_requests 1000000000;\n  keepalive_timeout 1h;\n"
       << "  upstream backend {\n    server 127.0.0.1:" << backend << ";\n    keepalive 128;\n"
       << "    keepalive_requests 1000000000;\n    keepalive_timeout 1h;\n  }\n"
       << "  server {\n    listen 127.0.0.1:" << port
       << " http2;\n    http2_max_concurrent_streams 256;\n"
       << "    location / { grpc_pass grpc://backend; }\n  }\n}\n";
  if (!file.flush()) Fail("cannot write nginx's configuration");
}

class Bench {
 public:
  Bench(const std::string& self, const std::string& gateway) {
    const int backend_port = FreePort();
    backend_ = std::make_unique<Process>(
        std::vector<std::string>{self, "--backend", std::to_string(backend_port)},
        folder_ / "backend.log");
    AwaitPort(backend_port);
    gateway_port_ = FreePort();
    gateway_ = std::make_unique<Process>(
        std::vector<std::string>{
            gateway, "serve", "--listen=127.0.0.1:" + std::to_string(gateway_port_),
            "--metrics_address=127.0.0.1:0", "--drain_delay=0s",
            "--upstream=organization=127.0.0.1:" + std::to_string(backend_port)},
        folder_ / "gateway.log");
    AwaitPort(gateway_port_);
    nginx_port_ = FreePort();
    WriteNginxConfig(folder_ / "nginx.conf", folder_, nginx_port_, backend_port);
    nginx_ = std::make_unique<Process>(
        std::vector<std::string>{"nginx", "-p", folder_ / "", "-c", folder_ / "nginx.conf"},
        folder_ / "nginx.log");
    AwaitPort(nginx_port_);
    const std::vector<pid_t> workers = ChildrenOf(nginx_->pid());
    if (workers.size() != 1) Fail("nginx has not one worker");
    nginx_worker_ = workers[0];
  }

  Sample Gateway(int callers) const { return Measure(gateway_port_, gateway_->pid(), callers); }
  Sample Nginx(int callers) const { return Measure(nginx_port_, nginx_worker_, callers); }

 private:
  Sample Measure(int port, pid_t proxy, int callers) const {
    const Load load(port, callers);
    usleep(kWarmupMs * 1'000);
    const double proxy_before = CpuSeconds(proxy);
    const double backend_before = CpuSeconds(backend_->pid());
    const int64_t done_before = load.done();
    usleep(static_cast<useconds_t>(WindowMs()) * 1'000);
    const double calls = static_cast<double>(load.done() - done_before);
    if (calls < 1) Fail("no call was answered");
    const double proxy_cpu = CpuSeconds(proxy) - proxy_before;
    const double backend_cpu = CpuSeconds(backend_->pid()) - backend_before;
    return {proxy_cpu / calls, (proxy_cpu + backend_cpu) / calls, calls * 1'000 / WindowMs()};
  }

  Folder folder_;
  std::unique_ptr<Process> backend_;
  std::unique_ptr<Process> gateway_;
  std::unique_ptr<Process> nginx_;
  int gateway_port_ = 0;
  int nginx_port_ = 0;
  pid_t nginx_worker_ = 0;
};

void Print(const std::string& name, std::vector<double> values, const char* unit) {
  std::sort(values.begin(), values.end());
  printf("%s\t%.3f\t%.3f\t%.3f\t%s\n", name.c_str(), values[values.size() / 2], values.front(),
         values.back(), unit);
  fflush(stdout);
}

// The figures of one number of callers, those that are wanted.
void Run(const Bench& bench, int callers, const std::set<std::string>& wanted) {
  const std::string suffix = "_" + std::to_string(callers);
  std::map<std::string, std::vector<double>> ratios;
  std::map<std::string, const char*> units;
  for (int i = 0; i < kPairs; ++i) {
    const Sample nginx = bench.Nginx(callers);
    const Sample gateway = bench.Gateway(callers);
    if (getenv("GATEWAY_BENCH_VERBOSE") != nullptr) {
      fprintf(stderr,
              "%d callers: gateway %.1f us, with backend %.1f us, %.0f/s; nginx %.1f us, %.1f us, "
              "%.0f/s\n",
              callers, gateway.proxy_cpu * 1e6, gateway.total_cpu * 1e6, gateway.throughput,
              nginx.proxy_cpu * 1e6, nginx.total_cpu * 1e6, nginx.throughput);
    }
    ratios["gateway_cpu" + suffix].push_back(gateway.proxy_cpu / nginx.proxy_cpu);
    ratios["gateway_total_cpu" + suffix].push_back(gateway.total_cpu / nginx.total_cpu);
    ratios["gateway_throughput" + suffix].push_back(gateway.throughput / nginx.throughput);
  }
  for (const auto& [name, values] : ratios) {
    if (wanted.count(name) > 0) Print(name, values, "ratio");
  }
}

int Main(int argc, char** argv) {
  if (argc == 3 && std::string(argv[1]) == "--backend") {
    RunBackend(atoi(argv[2]));
    return 0;
  }
  if (argc < 2) Fail("usage: gateway_bench GATEWAY-BINARY [NAME...]");
  const std::vector<std::pair<int, std::vector<std::string>>> figures = {
      {1, {"gateway_cpu_1"}},
      {8, {"gateway_cpu_8"}},
      {64, {"gateway_cpu_64", "gateway_total_cpu_64", "gateway_throughput_64"}}};
  std::set<std::string> asked(argv + 2, argv + argc);
  for (const std::string& name : asked) {
    const bool known = std::any_of(figures.begin(), figures.end(), [&](const auto& row) {
      return std::count(row.second.begin(), row.second.end(), name) > 0;
    });
    if (!known) Fail("there is no figure " + name);
  }
  const Bench bench("/proc/self/exe", argv[1]);
  for (const auto& [callers, names] : figures) {
    std::set<std::string> wanted;
    for (const std::string& name : names) {
      if (asked.empty() || asked.count(name) > 0) wanted.insert(name);
    }
    if (!wanted.empty()) Run(bench, callers, wanted);
  }
  return 0;
}

}  // namespace
}  // namespace qinglian::bench

int main(int argc, char** argv) { return qinglian::bench::Main(argc, argv); }
