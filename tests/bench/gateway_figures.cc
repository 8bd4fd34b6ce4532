// The gateway against nginx, and against itself without what it knows of callers: the same callers,
// the same backend, in turn.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/ctl/development_tokens.h"
#include "tests/bench/backend.h"
#include "tests/bench/bench.h"
#include "tests/bench/folder.h"
#include "tests/bench/load.h"
#include "tests/bench/nginx.h"
#include "tests/bench/process.h"
#include "tests/support/identity.h"

namespace qinglian::bench {
namespace {

constexpr int kRequestBytes = 300;
constexpr char kIssuer[] = "https://identity.bench";
constexpr char kAudience[] = "qinglian";

// A key of identity tokens, for its owner alone.
std::string IdentityKeyFile(const Folder& folder) {
  const std::string path = folder / "identity_key";
  if (std::filesystem::exists(path)) return path;
  std::ofstream(path) << test::kIdentityKey << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return path;
}

// A backend, and both proxies in front of it.
class Proxies {
 public:
  Proxies() {
    const int backend_port = FreePort();
    MakeToken();
    backend_ = std::make_unique<Process>(
        std::vector<std::string>{"/proc/self/exe", kBackendCommand, std::to_string(backend_port)},
        folder_ / "backend.log");
    AwaitPort(backend_port);
    gateway_ = Start("gateway", backend_port, gateway_port_);
    open_gateway_ = Start("open_gateway", backend_port, open_gateway_port_);
    nginx_ = std::make_unique<Nginx>(NginxOptions{.backend = backend_port});
  }

  std::string gateway() const { return Loopback("", gateway_port_); }
  std::string open_gateway() const { return Loopback("", open_gateway_port_); }
  std::string nginx() const { return nginx_->address(); }
  // What callers prove themselves with: more than enough for nginx.
  std::vector<std::pair<std::string, std::string>> proof() const {
    return {{"authorization", "Bearer " + token_}};
  }
  // Whom to watch: the proxy, and the backend.
  std::vector<pid_t> gateway_watched() const { return {gateway_->pid(), backend_->pid()}; }
  std::vector<pid_t> open_gateway_watched() const {
    return {open_gateway_->pid(), backend_->pid()};
  }
  std::vector<pid_t> nginx_watched() const { return {nginx_->worker(), backend_->pid()}; }

 private:
  // A gateway before the backend; `port` becomes the one that it listens on.
  std::unique_ptr<Process> Start(const std::string& program, int backend_port, int& port) {
    port = FreePort();
    auto process = std::make_unique<Process>(
        std::vector<std::string>{
            Binary(program), "serve", Loopback("--listen=", port), "--metrics_address=127.0.0.1:0",
            "--drain_delay=0s", Loopback("--upstream=organization=", backend_port),
            "--identity_key_file=" + IdentityKeyFile(folder_), "--person_calls_per_second=0",
            "--person_concurrent_calls=0", absl::StrCat("--token_issuer=", kIssuer),
            absl::StrCat("--token_audience=", kAudience),
            "--token_keys=file://" + (folder_ / "token.key.public")},
        folder_ / (program + ".log"));
    AwaitPort(port);
    return process;
  }

  void MakeToken() {
    const std::string key = folder_ / "token.key";
    if (!ctl::MakeTokenKey(key).ok()) Fail("cannot write " + key);
    const auto token = ctl::IssueToken(
        key,
        {.issuer = kIssuer, .audience = kAudience, .subject = "S-1", .lifetime = absl::Hours(1)});
    if (!token.ok()) Fail("cannot sign a token");
    token_ = *token;
  }

  static std::string Loopback(const std::string& before, int port) {
    return absl::StrCat(before, "127.0.0.1:", port);
  }

  Folder folder_;
  std::unique_ptr<Process> backend_;
  std::unique_ptr<Process> gateway_;
  std::unique_ptr<Process> open_gateway_;
  std::unique_ptr<Nginx> nginx_;
  std::string token_;
  int gateway_port_ = 0;
  int open_gateway_port_ = 0;
};

Calls Forwarded(const std::string& address, int callers, const Proxies& proxies) {
  const grpc::Slice slice(std::string(kRequestBytes, 'q'));
  return {.address = address,
          .method = kForwardedMethod,
          .request = [bytes = grpc::ByteBuffer(&slice, 1)] { return bytes; },
          .callers = callers,
          .metadata = proxies.proof(),
          .answer_bytes = kAnswerBytes};
}

void Tell(const char* who, int callers, const Sample& sample) {
  Note(absl::StrCat(who, ", ", callers, " callers: ", static_cast<int>(sample.rate()), " calls/s, ",
                    static_cast<int>(sample.cpu[0] / sample.count * 1e6),
                    " us of processor each, with the backend ",
                    static_cast<int>((sample.cpu[0] + sample.cpu[1]) / sample.count * 1e6)));
}

void RunCallers(const Settings& settings, Report& report, const Proxies& proxies, int callers) {
  Load through_gateway(Forwarded(proxies.gateway(), callers, proxies));
  Load through_nginx(Forwarded(proxies.nginx(), callers, proxies));
  const std::string suffix = absl::StrCat("_", callers);
  for (int i = 0; i < settings.rounds; ++i) {
    const auto [gateway, nginx] = Alternate(
        settings.window,
        [&](absl::Duration time) {
          return Measure(through_gateway, time, proxies.gateway_watched());
        },
        [&](absl::Duration time) { return Measure(through_nginx, time, proxies.nginx_watched()); });
    Tell("gateway", callers, gateway);
    Tell("nginx", callers, nginx);
    const auto cost = [](const Sample& sample, double cpu) { return cpu / sample.count; };
    report.Add("gateway_cpu" + suffix, cost(gateway, gateway.cpu[0]) / cost(nginx, nginx.cpu[0]),
               "ratio");
    report.Add(
        "gateway_total_cpu" + suffix,
        cost(gateway, gateway.cpu[0] + gateway.cpu[1]) / cost(nginx, nginx.cpu[0] + nginx.cpu[1]),
        "ratio");
    report.Add("gateway_throughput" + suffix, gateway.rate() / nginx.rate(), "ratio");
  }
}

double Cost(const Sample& sample) { return sample.cpu[0] / sample.count; }

// What identity, permission, quota and metrics cost.
void RunAccess(const Settings& settings, Report& report, const Proxies& proxies) {
  constexpr int kCallers = 8;
  Load known(Forwarded(proxies.gateway(), kCallers, proxies));
  Load open(Forwarded(proxies.open_gateway(), kCallers, proxies));
  for (int i = 0; i < settings.rounds; ++i) {
    const auto [with, without] = Alternate(
        settings.window,
        [&](absl::Duration time) { return Measure(known, time, proxies.gateway_watched()); },
        [&](absl::Duration time) { return Measure(open, time, proxies.open_gateway_watched()); });
    Tell("gateway", kCallers, with);
    Tell("gateway without knowledge of callers", kCallers, without);
    report.Add("access_gateway_cpu", Cost(with) / Cost(without), "ratio");
  }
}

void Run(const Settings& settings, Report& report) {
  const Proxies proxies;
  if (report.Wants("access_gateway_cpu")) RunAccess(settings, report, proxies);
  if (report.Wants("gateway_cpu_1")) RunCallers(settings, report, proxies, 1);
  if (report.Wants("gateway_cpu_8")) RunCallers(settings, report, proxies, 8);
  if (report.Wants("gateway_cpu_64") || report.Wants("gateway_total_cpu_64") ||
      report.Wants("gateway_throughput_64")) {
    RunCallers(settings, report, proxies, 64);
  }
}

}  // namespace

Group GatewayFigures() {
  return {{"gateway_cpu_1", "gateway_cpu_8", "gateway_cpu_64", "gateway_total_cpu_64",
           "gateway_throughput_64", "access_gateway_cpu"},
          Run};
}

}  // namespace qinglian::bench
