// Whether a service can do its work now: what balancers, operators and alarms are told.
#ifndef QINGLIAN_COMMON_SERVING_CONDITION_H_
#define QINGLIAN_COMMON_SERVING_CONDITION_H_

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock/clock.h"
#include "common/metrics/metrics.h"
#include "common/mysql/mysql.h"

namespace qinglian::serving {

// What can be in the way of it.
enum class Obstacle {
  kDatabase,     // it does not answer, or refuses this program
  kJournal,      // for a while nobody wrote to the journal's lease: nothing can be written
  kClock,        // the clock of this machine differs from the database's
  kCheckpoints,  // checkpoints of the journal cannot be written
};
inline constexpr size_t kObstacles = 4;

// How far the clock of a service may be from the database's: beyond that, callers whose clock is
// right are not believed any more (access::kClockLeeway).
inline constexpr absl::Duration kClockTolerance = absl::Seconds(2);

struct ConditionOptions {
  mysql::Options database;
  // Of the session that looks; outlives this. May be null.
  mysql::Observer* observer = nullptr;
  // Outlives this.
  const clock::Clock& clock;
  // How often it is looked.
  absl::Duration interval = absl::Seconds(1);
  // For how long something must have been in the way before it counts: a database that fails over,
  // or a leader that died, is back before that.
  absl::Duration patience = absl::Seconds(3);
};

// Looks at the database once an interval, on a thread of its own: one statement tells whether it
// answers, whether the journal goes on, and what time it is there. Each obstacle is logged in one
// line when it begins to count and in one when it is gone. Thread-safe.
class Condition {
 public:
  // Declares its metrics in the registry, which outlives it.
  Condition(ConditionOptions options, metrics::Registry& registry);
  // As Stop.
  ~Condition();
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // Begins to look. `on_change` is called with whether nothing is in the way, at first when
  // everything is known to be well and then with each change, on threads of this and of whoever
  // reports.
  void Start(std::function<void(bool fit)> on_change);
  void Stop();

  // What somebody else found out about an obstacle: OK where it is not there. It counts at once.
  void Report(Obstacle obstacle, const absl::Status& found);

 private:
  // What is known of one obstacle.
  struct Known {
    absl::Time since = absl::InfiniteFuture();  // when it was first seen, without a pause since
    bool counts = false;
    metrics::Gauge* shown = nullptr;
  };

  // What the database answered.
  struct Seen {
    absl::Duration lapsed;       // how long ago the journal's lease ran out
    absl::Duration difference;   // this clock minus the database's
    absl::Duration uncertainty;  // of that
  };

  void Run();
  void Look();
  absl::StatusOr<Seen> Ask();
  // Both want the mutex.
  void Note(Obstacle obstacle, const absl::Status& found, absl::Duration patience);
  void Tell();

  const ConditionOptions options_;
  metrics::Gauge& clock_difference_;
  mysql::Session session_;
  std::mutex mutex_;
  // Guarded by the mutex.
  std::array<Known, kObstacles> known_;
  bool looked_ = false;
  bool fit_ = false;
  bool was_fit_ = false;
  bool stop_ = false;
  std::function<void(bool)> on_change_;
  std::condition_variable stopped_;
  std::thread thread_;
};

}  // namespace qinglian::serving

#endif  // QINGLIAN_COMMON_SERVING_CONDITION_H_
