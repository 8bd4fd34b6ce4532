#include "common/serving/condition.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace qinglian::serving {
namespace {

constexpr metrics::GaugeDefinition kObstacle{
    "service_obstacle", "1 where this keeps the service from being ready.", {"obstacle"}};
constexpr metrics::GaugeDefinition kClockDifference{
    "service_clock_difference_seconds",
    "The clock of this machine minus the database's, when it was last asked."};

// Until everything is well for the first time nobody should wait for it.
constexpr absl::Duration kFirstInterval = absl::Milliseconds(100);
constexpr absl::Duration kHaste = absl::Seconds(3);

const metrics::Values kLabels = {"database", "journal", "clock", "checkpoints"};

// What the log says when it begins to be in the way, and when it no longer is.
struct Words {
  std::string_view begins;
  std::string_view ends;
};
constexpr Words kWords[kObstacles] = {
    {"not ready: the database cannot be used", "the database can be used again"},
    {"not ready: nothing is written to the journal", "the journal is written to again"},
    {"not ready: the clock is wrong", "the clock is right again"},
    {"not ready: checkpoints of the journal cannot be written",
     "checkpoints of the journal are written again"}};

// A server that is silent must not keep the thread from saying so.
ConditionOptions Hasty(ConditionOptions options) {
  options.database.connect_timeout = std::min(options.database.connect_timeout, kHaste);
  options.database.io_timeout = std::min(options.database.io_timeout, kHaste);
  return options;
}

// By how much the lease has run out; below zero where it has not.
absl::Status JudgeLease(absl::Duration lapsed) {
  if (lapsed <= absl::ZeroDuration()) return absl::OkStatus();
  return absl::UnavailableError(
      "nobody renews its lease: the database takes no writes (its disk may be full, or it is read "
      "only), or a session holds the row of journal_lease");
}

absl::Status JudgeClock(absl::Duration difference, absl::Duration uncertainty) {
  if (absl::AbsDuration(difference) - uncertainty <= kClockTolerance) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "it is ", absl::ToInt64Seconds(absl::AbsDuration(difference)), " s ",
      difference > absl::ZeroDuration() ? "ahead of" : "behind",
      " the database's; set the one that is wrong: until then callers may be refused"));
}

}  // namespace

Condition::Condition(ConditionOptions options, metrics::Registry& registry)
    : options_(Hasty(std::move(options))),
      clock_difference_(registry.Declare(kClockDifference).With()),
      session_(options_.database, options_.observer) {
  auto& obstacles = registry.Declare(kObstacle, metrics::Product({kLabels}));
  for (size_t i = 0; i < kObstacles; ++i) known_[i].shown = &obstacles.With({kLabels[i]});
}

Condition::~Condition() { Stop(); }

void Condition::Start(std::function<void(bool fit)> on_change) {
  {
    const std::lock_guard lock(mutex_);
    on_change_ = std::move(on_change);
  }
  thread_ = std::thread([this] { Run(); });
}

void Condition::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Condition::Report(Obstacle obstacle, const absl::Status& found) {
  const std::lock_guard lock(mutex_);
  Note(obstacle, found, absl::ZeroDuration());
  Tell();
}

void Condition::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    Look();
    lock.lock();
    const absl::Duration pause = was_fit_ ? options_.interval : kFirstInterval;
    stopped_.wait_for(lock, absl::ToChronoMilliseconds(pause), [this] { return stop_; });
  }
}

void Condition::Look() {
  const absl::StatusOr<Seen> seen = Ask();
  const std::lock_guard lock(mutex_);
  Note(Obstacle::kDatabase, seen.status(), options_.patience);
  if (seen.ok()) {
    looked_ = true;
    clock_difference_.Set(absl::ToDoubleSeconds(seen->difference));
    Note(Obstacle::kJournal, JudgeLease(seen->lapsed), options_.patience);
    Note(Obstacle::kClock, JudgeClock(seen->difference, seen->uncertainty), options_.patience);
  }
  Tell();
}

absl::StatusOr<Condition::Seen> Condition::Ask() {
  absl::StatusOr<mysql::Connection*> connection = session_.Acquire();
  if (!connection.ok()) return connection.status();
  const absl::Time asked = options_.clock.Now();
  absl::StatusOr<mysql::Rows> rows =
      (*connection)->Query("SELECT NOW(6), expires FROM journal_lease WHERE name='journal'");
  const absl::Time answered = options_.clock.Now();
  if (!rows.ok()) {
    // What is wrong with this connection need not be wrong with the next.
    session_.Reset();
    return rows.status();
  }
  if (!rows->Next()) return absl::DataLossError("the row of the journal's lease is missing");
  const absl::Duration half = (answered - asked) / 2;
  return Seen{.lapsed = rows->Time(0) - rows->Time(1),
              .difference = asked + half - rows->Time(0),
              .uncertainty = half};
}

void Condition::Note(Obstacle obstacle, const absl::Status& found, absl::Duration patience) {
  const size_t i = static_cast<size_t>(obstacle);
  Known& known = known_[i];
  if (found.ok()) {
    known.since = absl::InfiniteFuture();
    if (std::exchange(known.counts, false)) log::Info(kWords[i].ends);
  } else {
    const absl::Time now = options_.clock.Now();
    known.since = std::min(known.since, now);
    if (now - known.since < patience || std::exchange(known.counts, true)) return;
    log::Error(kWords[i].begins, {{"error", found}, {"database", mysql::InternalText(found)}});
  }
  known.shown->Set(known.counts ? 1 : 0);
}

void Condition::Tell() {
  const bool fit = looked_ && std::none_of(known_.begin(), known_.end(), [&](const Known& known) {
                     // At first everything must be known to be well.
                     return known.counts || (!was_fit_ && known.since != absl::InfiniteFuture());
                   });
  was_fit_ = was_fit_ || fit;
  if (fit == fit_) return;
  fit_ = fit;
  if (on_change_) on_change_(fit);
}

}  // namespace qinglian::serving
