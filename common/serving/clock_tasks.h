// Runs what a service does by the clock.
#ifndef QINGLIAN_COMMON_SERVING_CLOCK_TASKS_H_
#define QINGLIAN_COMMON_SERVING_CLOCK_TASKS_H_

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "common/mysql/mysql.h"
#include "common/serving/application.h"

namespace qinglian::serving {

// One thread that runs each task at its interval. A pass that fails is logged and comes again at
// the next interval. Every replica runs them: what a task does must take effect once however often
// it is done.
class ClockTasks {
 public:
  // `observer` outlives it.
  ClockTasks(std::vector<ClockTask> tasks, mysql::Options database, mysql::Observer* observer);
  // As Stop.
  ~ClockTasks();

  // Ends the thread after the pass that is running.
  void Stop();

 private:
  void Run();

  const std::vector<ClockTask> tasks_;
  mysql::Session session_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_CLOCK_TASKS_H_
