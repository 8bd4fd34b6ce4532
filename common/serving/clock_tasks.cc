#include "common/serving/clock_tasks.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"
#include "common/log/log.h"

namespace qinglian::serving {

using Steady = std::chrono::steady_clock;

namespace {

constexpr metrics::CounterDefinition kPasses{
    "clock_task_passes_total", "Passes of what is done by the clock.", {"task"}};
constexpr metrics::CounterDefinition kFailures{
    "clock_task_failures_total", "Passes of what is done by the clock that failed.", {"task"}};
constexpr metrics::GaugeDefinition kLastSuccess{
    "clock_task_last_success_timestamp_seconds",
    "When a pass last succeeded, by the system's clock; 0 where none did since the start.",
    {"task"}};

}  // namespace

ClockTasks::ClockTasks(std::vector<ClockTask> tasks, mysql::Options database,
                       mysql::Observer* observer, metrics::Registry& registry)
    : tasks_(std::move(tasks)), session_(std::move(database), observer) {
  metrics::Values names;
  for (const ClockTask& task : tasks_) names.push_back(task.name);
  auto& passes = registry.Declare(kPasses, metrics::Product({names}));
  auto& failures = registry.Declare(kFailures, metrics::Product({names}));
  auto& last_success = registry.Declare(kLastSuccess, metrics::Product({names}));
  for (const std::string& name : names) {
    records_.push_back({&passes.With({name}), &failures.With({name}), &last_success.With({name})});
  }
  if (!tasks_.empty()) thread_ = std::thread([this] { Run(); });
}

ClockTasks::~ClockTasks() { Stop(); }

void ClockTasks::Stop() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ClockTasks::RunPass(size_t task) {
  const absl::Status status = tasks_[task].pass(session_);
  records_[task].passes->Increment();
  if (status.ok()) {
    records_[task].last_success->Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  } else {
    records_[task].failures->Increment();
    log::Warning("clock task failed", {{"task", tasks_[task].name}, {"error", status}});
  }
}

void ClockTasks::Run() {
  std::vector<Steady::time_point> due(tasks_.size(), Steady::now());
  std::unique_lock lock(mutex_);
  while (!stop_) {
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (due[i] > Steady::now()) continue;
      lock.unlock();
      RunPass(i);
      lock.lock();
      due[i] = Steady::now() + absl::ToChronoMicroseconds(tasks_[i].interval);
    }
    stopped_.wait_until(lock, *std::min_element(due.begin(), due.end()), [this] { return stop_; });
  }
}

}  // namespace qinglian::serving
