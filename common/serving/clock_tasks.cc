#include "common/serving/clock_tasks.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/log/log.h"

namespace qinglian::serving {

using Steady = std::chrono::steady_clock;

ClockTasks::ClockTasks(std::vector<ClockTask> tasks, mysql::Options database,
                       mysql::Observer* observer)
    : tasks_(std::move(tasks)), session_(std::move(database), observer) {
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

void ClockTasks::Run() {
  std::vector<Steady::time_point> due(tasks_.size(), Steady::now());
  std::unique_lock lock(mutex_);
  while (!stop_) {
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (due[i] > Steady::now()) continue;
      lock.unlock();
      const absl::Status status = tasks_[i].pass(session_);
      if (!status.ok())
        log::Warning("clock task failed", {{"task", tasks_[i].name}, {"error", status}});
      lock.lock();
      due[i] = Steady::now() + absl::ToChronoMicroseconds(tasks_[i].interval);
    }
    stopped_.wait_until(lock, *std::min_element(due.begin(), due.end()), [this] { return stop_; });
  }
}

}  // namespace qinglian::serving
