// Runs what a service does by the clock.
#ifndef QINGLIAN_COMMON_SERVING_CLOCK_TASKS_H_
#define QINGLIAN_COMMON_SERVING_CLOCK_TASKS_H_

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"
#include "common/serving/application.h"

namespace qinglian::serving {

// One thread that runs each task at its interval. A pass that fails is logged and comes again at
// the next interval. Every replica runs them: what a task does must take effect once however often
// it is done.
class ClockTasks {
 public:
  // Declares how the passes went in the registry, which outlives it, as `observer` does.
  ClockTasks(std::vector<ClockTask> tasks, mysql::Options database, mysql::Observer* observer,
             metrics::Registry& registry);
  // As Stop.
  ~ClockTasks();

  // Ends the thread after the pass that is running.
  void Stop();

 private:
  // Of one task.
  struct Record {
    metrics::Counter* passes = nullptr;
    metrics::Counter* failures = nullptr;
    metrics::Gauge* last_success = nullptr;
  };

  void Run();
  void RunPass(size_t task);

  const std::vector<ClockTask> tasks_;
  // In the order of the tasks.
  std::vector<Record> records_;
  mysql::Session session_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_CLOCK_TASKS_H_
