// What all figures share: settings, the report, and measuring two ways of doing a thing in turn.
//
// A ratio is taken between two workloads that run alternately for short slices, so that whatever
// else the machine does meets both alike. One round gives one ratio; the figure is the median of
// several.
#ifndef QINGLIAN_TESTS_BENCH_BENCH_H_
#define QINGLIAN_TESTS_BENCH_BENCH_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace qinglian::bench {

// How much is measured. The same for all figures of a run.
struct Settings {
  // How long each side of a ratio runs in a round.
  absl::Duration window = absl::Seconds(2);
  int rounds = 5;
  // Little data and few calls: whether everything works, not how fast.
  bool smoke = false;
  // The figures of a registry of its own size are taken of the whole country, not of a province.
  bool nation = false;
  // How many persons it has; 0: as many for an organization as the country has.
  int64_t persons = 0;
};

// The figures that are asked for, and what was measured of them. Used by one thread.
class Report {
 public:
  explicit Report(std::set<std::string> wanted) : wanted_(std::move(wanted)) {}

  bool Wants(const std::string& name) const { return wanted_.count(name) > 0; }
  // Notes one value; of figures that nobody asked for too.
  void Add(const std::string& name, double value, const std::string& unit);
  // Prints what was asked for and measured since the last time: name, median, least, greatest,
  // unit.
  void Print();

 private:
  struct Series {
    std::vector<double> values;
    std::string unit;
  };
  const std::set<std::string> wanted_;
  std::map<std::string, Series> series_;
};

// Figures that are measured together.
struct Group {
  std::vector<std::string> names;
  void (*run)(const Settings&, Report&);
};

Group GatewayFigures();
Group ReadFigures();
Group LatencyFigures();
Group CreateFigures();
Group ImportFigures();
Group FeedFigures();
Group LagFigures();
Group OverloadFigures();
Group DoorFigures();
Group DecideFigures();
Group ProcessFigures();
Group NationFigures();

// Something that is done over and over by threads of its own while it is begun.
class Workload {
 public:
  virtual ~Workload() = default;
  virtual void Begin() = 0;
  // Returns when nothing is under way any more.
  virtual void End() = 0;
  // How often it was done since it was made. Thread-safe.
  virtual int64_t done() const = 0;
};

// What was done in some time.
struct Sample {
  double count = 0;
  double seconds = 0;
  // Processor time of the processes that were watched, in their order, in seconds.
  std::vector<double> cpu;

  double rate() const { return count / seconds; }
  Sample& operator+=(const Sample& other);
};

// Runs a workload and measures it once it is under way.
Sample Measure(Workload& workload, absl::Duration duration, const std::vector<pid_t>& watched = {});

// One side of a ratio: measures for so long.
using Side = std::function<Sample(absl::Duration)>;

// Measures both for `window` each, in slices that alternate.
std::pair<Sample, Sample> Alternate(absl::Duration window, const Side& a, const Side& b);

// "4000/s, 250 us of processor each": how much was done, and what it cost all who were watched.
std::string Describe(const Sample& sample);

// What the ratio of two rates would be if only the processor time of those who were watched bounded
// them: that of an otherwise idle machine whose processors are full.
double ByProcessor(const Sample& a, const Sample& b);

// The value below which the share `part` (0.5, 0.99) of `values` lies; they are not empty.
double Quantile(std::vector<double> values, double part);

// Tells whoever watches what is being done.
void Note(const std::string& text);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_BENCH_H_
