#include "common/metrics/process.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace qinglian::metrics {
namespace {

struct Usage {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double threads = 0;
  double start_seconds = 0;
};

// When the machine booted, in seconds since 1970.
double BootSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string key; file >> key;) {
    if (key == "btime") {
      double seconds = 0;
      file >> seconds;
      return seconds;
    }
    file.ignore(1 << 20, '\n');
  }
  return 0;
}

Usage ReadUsage() {
  Usage usage;
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // The second field, the program's name in parentheses, may hold blanks and parentheses.
  const size_t end = line.rfind(')');
  if (end == line.npos) return usage;
  std::istringstream rest(line.substr(end + 1));
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  std::string field;
  // The numbers of proc(5): 14 utime, 15 stime, 20 threads, 22 start time, 24 resident pages.
  for (int number = 3; number <= 24 && rest >> field; ++number) {
    if (number == 14 || number == 15) usage.cpu_seconds += std::stod(field) / ticks;
    if (number == 20) usage.threads = std::stod(field);
    if (number == 22) usage.start_seconds = BootSeconds() + std::stod(field) / ticks;
    if (number == 24) {
      usage.resident_bytes = std::stod(field) * static_cast<double>(sysconf(_SC_PAGESIZE));
    }
  }
  return usage;
}

double OpenFiles() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++count;
  }
  // The listing itself holds one.
  return count > 0 ? count - 1 : 0;
}

double MaxFiles() {
  rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

::prometheus::MetricFamily One(const char* name, const char* help, ::prometheus::MetricType type,
                               double value) {
  ::prometheus::MetricFamily family{name, help, type, {}};
  auto& metric = family.metric.emplace_back();
  (type == ::prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return family;
}

}  // namespace

std::vector<::prometheus::MetricFamily> CollectProcess() {
  using ::prometheus::MetricType;
  // Neither changes in the life of the process.
  static const double start_seconds = ReadUsage().start_seconds;
  const Usage usage = ReadUsage();
  return {
      One("process_cpu_seconds_total", "User and system time used.", MetricType::Counter,
          usage.cpu_seconds),
      One("process_max_fds", "File descriptors allowed.", MetricType::Gauge, MaxFiles()),
      One("process_open_fds", "File descriptors open.", MetricType::Gauge, OpenFiles()),
      One("process_resident_memory_bytes", "Memory resident.", MetricType::Gauge,
          usage.resident_bytes),
      One("process_start_time_seconds", "When the process began, in seconds since 1970.",
          MetricType::Gauge, start_seconds),
      One("process_threads", "Threads.", MetricType::Gauge, usage.threads),
  };
}

}  // namespace qinglian::metrics
