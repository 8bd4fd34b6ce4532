#include "common/metrics/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/metrics/process.h"
#include "common/status/text.h"

namespace qinglian::metrics {
namespace {

// Ends the process: a metric is declared wrongly, which the first start of a program shows.
[[noreturn]] void Fault(std::string_view what, std::string_view name) {
  const std::string line =
      absl::StrCat("metrics: ", status::View(what), ": ", status::View(name), "\n");
  std::fputs(line.c_str(), stderr);
  std::abort();
}

size_t CountOf(const LabelNames& labels) {
  return static_cast<size_t>(std::find(labels.begin(), labels.end(), std::string_view()) -
                             labels.begin());
}

bool IsName(std::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

::prometheus::Labels LabelsOf(const LabelNames& names, const Values& values) {
  ::prometheus::Labels labels;
  for (size_t i = 0; i < values.size(); ++i) labels.emplace(names[i], values[i]);
  return labels;
}

template <typename Texts>
std::string KeyOf(const Texts& values) {
  std::string key;
  for (const auto& value : values) {
    key.append(value);
    key.push_back('\0');
  }
  return key;
}

std::vector<double> BoundsOf(const HistogramDefinition& definition) {
  const auto& bounds = definition.bounds;
  const auto end =
      std::find_if(std::next(bounds.begin()), bounds.end(), [](double b) { return b <= 0; });
  const std::vector<double> used(bounds.begin(), end);
  if (std::adjacent_find(used.begin(), used.end(), std::greater_equal<>()) != used.end()) {
    Fault("bounds do not rise", definition.name);
  }
  return used;
}

template <typename T>
std::unique_ptr<T> NewUnexposed() {
  return std::make_unique<T>();
}
template <>
std::unique_ptr<Histogram> NewUnexposed<Histogram>() {
  return std::make_unique<Histogram>(std::vector<double>{1});
}

}  // namespace

std::vector<Values> Product(const std::vector<Values>& values_of_each_label) {
  std::vector<Values> product = {{}};
  for (const Values& values : values_of_each_label) {
    std::vector<Values> longer;
    longer.reserve(product.size() * values.size());
    for (const Values& prefix : product) {
      for (const std::string& value : values) {
        longer.push_back(prefix);
        longer.back().push_back(value);
      }
    }
    product = std::move(longer);
  }
  return product;
}

template <typename T>
T& Family<T>::With(std::initializer_list<std::string_view> values) const {
  return Find(KeyOf(values));
}

template <typename T>
T& Family<T>::With(const Values& values) const {
  return Find(KeyOf(values));
}

template <typename T>
T& Family<T>::Find(const std::string& key) const {
  const auto found = series_.find(key);
  if (found != series_.end()) return *found->second;
  if (static_cast<size_t>(std::count(key.begin(), key.end(), '\0')) != CountOf(labels_)) {
    Fault("wrong number of label values", family_.GetName());
  }
  undeclared_->Increment();
  return *unexposed_;
}

template <typename T>
template <typename... Args>
void Family<T>::AddAll(const std::vector<Values>& series, const Args&... args) {
  unexposed_ = NewUnexposed<T>();
  for (const Values& values : series) {
    if (values.size() != CountOf(labels_)) {
      Fault("wrong number of label values", family_.GetName());
    }
    series_.emplace(KeyOf(values), &family_.Add(LabelsOf(labels_, values), args...));
  }
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

void GaugeSet::Replace(std::vector<std::pair<Values, double>> series) {
  for (const auto& [values, number] : series) {
    if (values.size() != CountOf(definition_.labels)) {
      Fault("wrong number of label values", definition_.name);
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  series_ = std::move(series);
}

::prometheus::MetricFamily GaugeSet::Collect() const {
  ::prometheus::MetricFamily family;
  family.name = definition_.name;
  family.help = definition_.help;
  family.type = ::prometheus::MetricType::Gauge;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [values, number] : series_) {
    auto& metric = family.metric.emplace_back();
    for (size_t i = 0; i < values.size(); ++i) {
      metric.label.push_back({std::string(definition_.labels[i]), values[i]});
    }
    metric.gauge.value = number;
  }
  return family;
}

Registry::Registry(std::string_view service, std::string_view version) {
  constexpr CounterDefinition kUndeclared{
      "metrics_undeclared_total",
      "Label values that were met but not declared: a fault of the program.",
      {"metric"}};
  Claim("counter", kUndeclared.name, kUndeclared.labels);
  undeclared_family_ = &::prometheus::BuildCounter()
                            .Name(std::string(kUndeclared.name))
                            .Help(std::string(kUndeclared.help))
                            .Register(registry_);
  constexpr GaugeDefinition kBuildInfo{
      "build_info", "Always 1; the labels say what runs.", {"service", "version"}};
  Declare(kBuildInfo, {{std::string(service), std::string(version)}})
      .With({service, version})
      .Set(1);
  for (const auto& family : CollectProcess()) {
    Claim(family.type == ::prometheus::MetricType::Counter ? "counter" : "gauge", family.name, {});
  }
}

void Registry::Claim(std::string_view kind, std::string_view name, const LabelNames& labels) {
  if (!IsName(name)) Fault("not a metric name", name);
  std::vector<std::string> names(labels.begin(), labels.begin() + CountOf(labels));
  for (const std::string& label : names) {
    if (!IsName(label) || label.starts_with("__")) Fault("not a label name", label);
  }
  if (kind == "counter" && !name.ends_with("_total")) Fault("a counter must end in _total", name);
  std::string text = absl::StrCat(status::View(kind), " ", status::View(name));
  if (!names.empty()) absl::StrAppend(&text, "{", absl::StrJoin(names, ","), "}");
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!described_.emplace(name, text).second) Fault("declared twice", name);
}

template <typename T, typename... Args>
Family<T>& Registry::Add(::prometheus::Family<T>& family, const LabelNames& labels,
                         const std::vector<Values>& series, const Args&... args) {
  Counter& undeclared = undeclared_family_->Add({{"metric", family.GetName()}});
  std::shared_ptr<Family<T>> added(new Family<T>(family, labels, &undeclared));
  if (series.empty() && CountOf(labels) == 0) {
    added->AddAll({Values()}, args...);
  } else {
    added->AddAll(series, args...);
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  families_.push_back(added);
  return *added;
}

Family<Counter>& Registry::Declare(const CounterDefinition& definition,
                                   const std::vector<Values>& series) {
  Claim("counter", definition.name, definition.labels);
  return Add(::prometheus::BuildCounter()
                 .Name(std::string(definition.name))
                 .Help(std::string(definition.help))
                 .Register(registry_),
             definition.labels, series);
}

Family<Gauge>& Registry::Declare(const GaugeDefinition& definition,
                                 const std::vector<Values>& series) {
  Claim("gauge", definition.name, definition.labels);
  return Add(::prometheus::BuildGauge()
                 .Name(std::string(definition.name))
                 .Help(std::string(definition.help))
                 .Register(registry_),
             definition.labels, series);
}

Family<Histogram>& Registry::Declare(const HistogramDefinition& definition,
                                     const std::vector<Values>& series) {
  Claim("histogram", definition.name, definition.labels);
  return Add(::prometheus::BuildHistogram()
                 .Name(std::string(definition.name))
                 .Help(std::string(definition.help))
                 .Register(registry_),
             definition.labels, series, BoundsOf(definition));
}

GaugeSet& Registry::DeclareSet(const GaugeDefinition& definition) {
  Claim("gauge", definition.name, definition.labels);
  const std::lock_guard<std::mutex> lock(mutex_);
  sets_.push_back(std::unique_ptr<GaugeSet>(new GaugeSet(definition)));
  return *sets_.back();
}

Registry::Hook Registry::BeforeCollect(std::function<void()> fill) {
  const std::lock_guard<std::mutex> lock(hooks_mutex_);
  hooks_.emplace_back(next_hook_, std::move(fill));
  return Hook(this, next_hook_++);
}

void Registry::RemoveHook(int id) {
  const std::lock_guard<std::mutex> lock(hooks_mutex_);
  hooks_.remove_if([id](const auto& hook) { return hook.first == id; });
}

Registry::Hook::~Hook() {
  if (registry_ != nullptr) registry_->RemoveHook(id_);
}

std::vector<::prometheus::MetricFamily> Registry::Collect() const {
  {
    const std::lock_guard<std::mutex> lock(hooks_mutex_);
    for (const auto& [id, fill] : hooks_) fill();
  }
  std::vector<::prometheus::MetricFamily> collected = registry_.Collect();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& set : sets_) collected.push_back(set->Collect());
  }
  for (auto& family : CollectProcess()) collected.push_back(std::move(family));
  std::sort(collected.begin(), collected.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return collected;
}

std::string Registry::Render() { return ::prometheus::TextSerializer().Serialize(Collect()); }

std::string Registry::Describe() const {
  std::vector<std::string> lines;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [name, line] : described_) lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return absl::StrCat(absl::StrJoin(lines, "\n"), "\n");
}

}  // namespace qinglian::metrics
