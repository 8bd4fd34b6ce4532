#include "tests/bench/bench.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

// A window is cut into so many slices a side.
constexpr int kSlices = 4;
// What a workload gets to come under way before it is measured.
constexpr absl::Duration kRunUp = absl::Milliseconds(50);

}  // namespace

void Report::Add(const std::string& name, double value, const std::string& unit) {
  Series& series = series_[name];
  series.values.push_back(value);
  series.unit = unit;
}

void Report::Print() {
  for (auto& [name, series] : series_) {
    if (!Wants(name)) continue;
    std::sort(series.values.begin(), series.values.end());
    printf("%s\t%.3f\t%.3f\t%.3f\t%s\n", name.c_str(), series.values[series.values.size() / 2],
           series.values.front(), series.values.back(), series.unit.c_str());
  }
  fflush(stdout);
  series_.clear();
}

Sample& Sample::operator+=(const Sample& other) {
  count += other.count;
  seconds += other.seconds;
  cpu.resize(std::max(cpu.size(), other.cpu.size()));
  for (size_t i = 0; i < other.cpu.size(); ++i) cpu[i] += other.cpu[i];
  return *this;
}

Sample Measure(Workload& workload, absl::Duration duration, const std::vector<pid_t>& watched) {
  workload.Begin();
  absl::SleepFor(kRunUp);
  std::vector<double> before;
  for (const pid_t pid : watched) before.push_back(CpuSeconds(pid));
  const int64_t done = workload.done();
  const absl::Time begin = absl::Now();
  absl::SleepFor(duration);
  Sample sample;
  sample.count = static_cast<double>(workload.done() - done);
  sample.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  for (size_t i = 0; i < watched.size(); ++i)
    sample.cpu.push_back(CpuSeconds(watched[i]) - before[i]);
  workload.End();
  return sample;
}

std::pair<Sample, Sample> Alternate(absl::Duration window, const Side& a, const Side& b) {
  Sample of_a, of_b;
  for (int i = 0; i < kSlices; ++i) {
    // A B B A A B B A: a drift of the machine meets both.
    const bool a_first = i % 2 == 0;
    if (a_first) of_a += a(window / kSlices);
    of_b += b(window / kSlices);
    if (!a_first) of_a += a(window / kSlices);
  }
  if (of_a.count < 1 || of_b.count < 1) Fail("nothing was done in the time of a measurement");
  return {std::move(of_a), std::move(of_b)};
}

namespace {

// Seconds of processor time for one.
double CostOf(const Sample& sample) {
  return std::accumulate(sample.cpu.begin(), sample.cpu.end(), 0.0) / sample.count;
}

}  // namespace

std::string Describe(const Sample& sample) {
  return absl::StrCat(static_cast<int>(sample.rate()), "/s, ",
                      static_cast<int>(CostOf(sample) * 1e6), " us of processor each");
}

double ByProcessor(const Sample& a, const Sample& b) { return CostOf(b) / CostOf(a); }

double Quantile(std::vector<double> values, double part) {
  if (values.empty()) Fail("nothing was measured");
  const size_t at =
      std::min(values.size() - 1, static_cast<size_t>(part * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(at), values.end());
  return values[at];
}

void Note(const std::string& text) { fprintf(stderr, "%s\n", text.c_str()); }

}  // namespace qinglian::bench
