// All processes of the house for trace_test.py, which says on stdin what is to happen, a line each,
// and reads on stdout what comes of it, closed by a line with a dot:
//
//   options OPTION…   ends every process and starts it with these options beside its own
//   year              plays the year of the demonstration
//   calls NUMBER      so many calls, one after another: how many failed, and the median in µs
//   metrics PROCESS   what it serves at /metrics
//   journal TRACE     the services whose journal has rows of that trace
//   log PROCESS       what it has logged
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "qinglian/organization/v1/organization_service.pb.h"
#include "tests/support/demonstration.h"
#include "tests/support/system.h"

namespace qinglian::test {
namespace {

constexpr char kOptions[] = "QINGLIAN_TEST_PROCESS_OPTIONS";

class House {
 public:
  House() : system_(System::AllServices()) {}

  void Do(const std::string& command, const std::string& argument) {
    if (command == "options") Restart(argument);
    if (command == "year") Year();
    if (command == "calls") Call(argument);
    if (command == "metrics") std::cout << system_.Metrics(argument);
    if (command == "journal") Journal(argument);
    if (command == "log") std::cout << system_.Log(argument);
  }

 private:
  void Restart(const std::string& options) {
    setenv(kOptions, options.c_str(), 1);
    std::vector<std::string> processes = System::AllServices();
    processes.push_back("gateway");
    for (auto process = processes.rbegin(); process != processes.rend(); ++process)
      system_.Stop(*process, SIGTERM);
    for (const std::string& process : processes) system_.Begin(process);
    for (const std::string& process : processes) Await(process);
    AwaitDoor();
  }

  // The edge looks for its gateway now and then.
  void AwaitDoor() const {
    rpc::CallOptions options = system_.As(kAdministrator);
    options.timeout = absl::Seconds(20);
    options.retries = 1'000;
    const absl::Status status = List(options);
    if (!status.ok()) std::cout << "the door: " << status << "\n";
  }

  absl::Status List(const rpc::CallOptions& options) const {
    const organization::v1::ListOrganizationsRequest request;
    organization::v1::ListOrganizationsResponse response;
    return rpc::InvokeRaw(*system_.channel(),
                          "/qinglian.organization.v1.OrganizationService/ListOrganizations",
                          request, response, options);
  }

  void Await(const std::string& process) const {
    for (int i = 0; i < 600 && !system_.Serves(process); ++i)
      absl::SleepFor(absl::Milliseconds(50));
    if (!system_.Serves(process)) std::cout << process << " does not serve\n";
  }

  void Year() {
    const absl::Status told = TellDemonstration(system_, system_.channel());
    std::cout << (told.ok() ? "told" : told.ToString()) << "\n";
  }

  // What callers may say besides goes along: a trace that is sampled, and a canary.
  void Call(const std::string& number) {
    int count = 0;
    if (!absl::SimpleAtoi(number, &count)) return;
    rpc::CallOptions options = system_.As(kAdministrator);
    options.metadata.emplace_back("tracestate", "canary=DEMO-0042");
    int failed = 0;
    std::vector<int64_t> micros;
    for (int i = 0; i < count; ++i) {
      const absl::Time begin = absl::Now();
      const absl::Status status = List(options);
      micros.push_back(absl::ToInt64Microseconds(absl::Now() - begin));
      if (status.ok()) continue;
      ++failed;
      std::cerr << status << "\n";
    }
    std::nth_element(micros.begin(), micros.begin() + count / 2, micros.end());
    std::cout << failed << " " << micros[static_cast<size_t>(count / 2)] << "\n";
    // A method that no contract has, and that says whom it is about.
    const organization::v1::ListOrganizationsRequest request;
    organization::v1::ListOrganizationsResponse response;
    rpc::InvokeRaw(*system_.channel(), "/qinglian.risk.v1.CanaryOfSomebody/Get", request, response,
                   options)
        .IgnoreError();
  }

  void Journal(const std::string& trace) const {
    for (const std::string& service : System::AllServices()) {
      const std::string rows = system_.database(service).Value(
          absl::StrCat("SELECT COUNT(*) FROM journal WHERE trace_id='", trace, "'"));
      if (rows != "0") std::cout << service << "\n";
    }
  }

  System system_;
};

int Main() {
  House house;
  std::cout << ".\n" << std::flush;
  for (std::string line; std::getline(std::cin, line);) {
    const std::pair<std::string, std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    house.Do(words.first, words.second);
    std::cout << ".\n" << std::flush;
  }
  return 0;
}

}  // namespace
}  // namespace qinglian::test

int main() { return qinglian::test::Main(); }
