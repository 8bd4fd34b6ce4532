// The whole door: the edge and the gateway before the service, against nginx with TLS before it,
// and against nothing.
#include <grpcpp/security/credentials.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/bench.h"
#include "tests/bench/folder.h"
#include "tests/bench/gets.h"
#include "tests/bench/house.h"
#include "tests/bench/load.h"
#include "tests/bench/nginx.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// As `clients/administrator`, whom edge and gateway know by his certificate.
std::shared_ptr<grpc::ChannelCredentials> Certificate(const test::System& system) {
  return grpc::SslCredentials({.pem_root_certs = Read(system.folder() + "/ca/ca.pem"),
                               .pem_private_key = Read(system.folder() + "/administrator.key"),
                               .pem_cert_chain = Read(system.folder() + "/administrator.pem")});
}

Calls Through(const std::string& address, const House& house, const std::vector<std::string>& ids,
              int callers, std::shared_ptr<grpc::ChannelCredentials> credentials) {
  Calls calls = Gets(house, ids, callers);
  calls.address = address;
  calls.credentials = std::move(credentials);
  return calls;
}

double Cost(const Sample& sample) {
  return std::accumulate(sample.cpu.begin(), sample.cpu.end(), 0.0) / sample.count;
}

void RunCpu(const Settings& settings, Report& report, House& house,
            const std::vector<std::string>& ids) {
  constexpr int kCallers = 64;
  const test::System& system = house.system();
  const auto certificate = Certificate(system);
  const std::string port = house.address().substr(house.address().rfind(':') + 1);
  const Nginx nginx(NginxOptions{.backend = std::stoi(port),
                                 .certificate = system.folder() + "/server.pem",
                                 .authority = system.folder() + "/ca/ca.pem"});
  Load through_door(Through(system.address("edge"), house, ids, kCallers, certificate));
  Load through_nginx(Through(nginx.address(), house, ids, kCallers, certificate));
  // The master of the edge does nothing.
  const std::vector<pid_t> door = {AwaitChild(PidOf("edge")), PidOf("gateway")};
  for (int i = 0; i < settings.rounds; ++i) {
    const auto [ours, theirs] = Alternate(
        settings.window, [&](absl::Duration time) { return Measure(through_door, time, door); },
        [&](absl::Duration time) { return Measure(through_nginx, time, {nginx.worker()}); });
    Note(absl::StrCat("door_cpu_64: edge and gateway ", Describe(ours), "; nginx ",
                      Describe(theirs)));
    report.Add("door_cpu_64", Cost(ours) / Cost(theirs), "ratio");
  }
}

void RunLatency(const Settings& settings, Report& report, House& house,
                const std::vector<std::string>& ids) {
  Load through_door(
      Through(house.system().address("edge"), house, ids, 1, Certificate(house.system())));
  Load direct(Gets(house, ids, 1));
  for (int i = 0; i < settings.rounds; ++i) {
    Alternate(
        settings.window, [&](absl::Duration time) { return Measure(through_door, time); },
        [&](absl::Duration time) { return Measure(direct, time); });
    const double door = Quantile(through_door.TakeLatencies(), 0.5);
    const double service = Quantile(direct.TakeLatencies(), 0.5);
    Note(absl::StrCat("door_latency: ", static_cast<int>(door * 1e6), " us through the door, ",
                      static_cast<int>(service * 1e6), " us to the service"));
    report.Add("door_latency", door / service, "ratio");
  }
}

void Run(const Settings& settings, Report& report) {
  House house(UsualOrganizations(settings));
  const std::vector<std::string> ids = Ids(house);
  if (report.Wants("door_cpu_64")) RunCpu(settings, report, house, ids);
  if (report.Wants("door_latency")) RunLatency(settings, report, house, ids);
}

}  // namespace

Group DoorFigures() { return {{"door_cpu_64", "door_latency"}, Run}; }

}  // namespace qinglian::bench
