// Metrics for Prometheus: declared once, resolved at start, cheap to change.
//
//   inline constexpr metrics::CounterDefinition kRequests{
//       "rpc_server_requests_total", "Calls answered.", {"method", "code"}};
//
//   auto& requests = registry.Declare(kRequests, metrics::Product({methods, codes}));
//   metrics::Counter& ok = requests.With({"CreateCase", "OK"});      // once, at start
//   ok.Increment();                                                  // on every call
//
// Every combination of label values exists from the declaration on, so that a dashboard sees zeros
// instead of gaps and nobody can make series without end. Label values are never ids, never names
// of persons, never text from a request.
//
// A fault of the program (a name declared twice, a name Prometheus does not allow, a wrong number
// of label values) ends the process with a line on stderr. Everything is thread-safe, unless said
// otherwise.
#ifndef QINGLIAN_COMMON_METRICS_METRICS_H_
#define QINGLIAN_COMMON_METRICS_METRICS_H_

#include <prometheus/collectable.h>
#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <functional>
#include <initializer_list>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace qinglian::metrics {

using Counter = ::prometheus::Counter;
using Gauge = ::prometheus::Gauge;
using Histogram = ::prometheus::Histogram;

// At most kMaxLabels label names; unused ones stay empty.
inline constexpr size_t kMaxLabels = 5;
using LabelNames = std::array<std::string_view, kMaxLabels>;
// Upper bounds, rising; unused ones stay 0.
using Bounds = std::array<double, 16>;

// Names follow Prometheus: base units, counters end in _total.
struct CounterDefinition {
  std::string_view name;
  std::string_view help;
  LabelNames labels = {};
};
struct GaugeDefinition {
  std::string_view name;
  std::string_view help;
  LabelNames labels = {};
};

// 1 ms to 10 s, for the time a call or a statement takes.
inline constexpr Bounds kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                    0.25,  0.5,    1,     2.5,  5,     10};
// 1 to 5,000, for the size of batches.
inline constexpr Bounds kSizes = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

struct HistogramDefinition {
  std::string_view name;
  std::string_view help;
  LabelNames labels = {};
  Bounds bounds = kSeconds;
};

// The values of all labels of one series, in the order of the definition.
using Values = std::vector<std::string>;

// Every combination of the values of each label: Product({{"a", "b"}, {"x"}}) is {a, x}, {b, x}.
std::vector<Values> Product(const std::vector<Values>& values_of_each_label);

// The series of one definition. T is Counter, Gauge or Histogram.
template <typename T>
class Family {
 public:
  // The series of these label values, given in the order of the definition, or of none for a
  // definition without labels. Values that were not declared get a series that is not exposed, and
  // are counted in metrics_undeclared_total{metric}. Costs a look-up: resolve at start, keep the
  // reference.
  T& With(std::initializer_list<std::string_view> values = {}) const;
  T& With(const Values& values) const;

 private:
  friend class Registry;
  Family(::prometheus::Family<T>& family, LabelNames labels, Counter* undeclared)
      : family_(family), labels_(labels), undeclared_(undeclared) {}
  template <typename... Args>
  void AddAll(const std::vector<Values>& series, const Args&... args);
  T& Find(const std::string& key) const;

  ::prometheus::Family<T>& family_;
  const LabelNames labels_;
  Counter* const undeclared_;
  absl::flat_hash_map<std::string, T*> series_;
  std::unique_ptr<T> unexposed_;
};

// Gauges that are computed as a whole, such as counts by first-level division, whose label values
// come from data: each Replace puts a new set of series in place of the old.
class GaugeSet {
 public:
  void Replace(std::vector<std::pair<Values, double>> series);

 private:
  friend class Registry;
  explicit GaugeSet(const GaugeDefinition& definition) : definition_(definition) {}
  ::prometheus::MetricFamily Collect() const;

  const GaugeDefinition definition_;
  mutable std::mutex mutex_;
  std::vector<std::pair<Values, double>> series_;
};

// All metrics of a process. Make one in main, with std::make_shared, and pass it down.
class Registry : public ::prometheus::Collectable {
 public:
  // Declares build_info{service, version} and the metrics of the process (CPU seconds, resident
  // memory, open and allowed file descriptors, threads, start time).
  Registry(std::string_view service, std::string_view version);

  // Declares a metric with all its series; without labels, leave `series` out. The reference is
  // valid as long as the registry.
  Family<Counter>& Declare(const CounterDefinition& definition,
                           const std::vector<Values>& series = {});
  Family<Gauge>& Declare(const GaugeDefinition& definition, const std::vector<Values>& series = {});
  Family<Histogram>& Declare(const HistogramDefinition& definition,
                             const std::vector<Values>& series = {});
  GaugeSet& DeclareSet(const GaugeDefinition& definition);

  // Takes the callback out when destroyed, and waits for a call of it that is running.
  class Hook {
   public:
    Hook(Hook&& other) noexcept
        : registry_(std::exchange(other.registry_, nullptr)), id_(other.id_) {}
    Hook& operator=(Hook&&) = delete;
    ~Hook();

   private:
    friend class Registry;
    Hook(Registry* registry, int id) : registry_(registry), id_(id) {}
    Registry* registry_;
    int id_;
  };
  // Calls `fill` before each scrape, on the thread that scrapes, to set gauges that are cheaper to
  // ask for than to keep (the length of a queue). It must be quick and must not declare metrics or
  // touch hooks.
  [[nodiscard]] Hook BeforeCollect(std::function<void()> fill);

  // What a scrape gets, in the text format of Prometheus, sorted by name.
  std::string Render();

  // One line a metric, sorted: "counter rpc_server_requests_total{method,code}", for golden lists.
  std::string Describe() const;

  // For the exposer; runs the hooks.
  std::vector<::prometheus::MetricFamily> Collect() const override;

 private:
  // Checks and remembers the name; `kind` is "counter", "gauge" or "histogram".
  void Claim(std::string_view kind, std::string_view name, const LabelNames& labels);
  template <typename T, typename... Args>
  Family<T>& Add(::prometheus::Family<T>& family, const LabelNames& labels,
                 const std::vector<Values>& series, const Args&... args);
  void RemoveHook(int id);

  mutable std::mutex mutex_;
  ::prometheus::Registry registry_;
  ::prometheus::Family<Counter>* undeclared_family_ = nullptr;
  std::vector<std::shared_ptr<void>> families_;
  std::vector<std::unique_ptr<GaugeSet>> sets_;
  absl::flat_hash_map<std::string, std::string> described_;
  // Held while the hooks run.
  mutable std::mutex hooks_mutex_;
  std::list<std::pair<int, std::function<void()>>> hooks_;
  int next_hook_ = 0;
};

}  // namespace qinglian::metrics

#endif  // QINGLIAN_COMMON_METRICS_METRICS_H_
