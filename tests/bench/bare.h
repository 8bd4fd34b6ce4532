// The other side of the ratios: the same SQL from a loop around the driver, with nothing in
// between.
#ifndef QINGLIAN_TESTS_BENCH_BARE_H_
#define QINGLIAN_TESTS_BENCH_BARE_H_

#include <cppconn/connection.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/mysql/options.h"
#include "tests/bench/bench.h"

namespace qinglian::bench {

// A connection set up as those of the services are. Ends the benchmark where it cannot be had.
std::unique_ptr<sql::Connection> OpenBare(const mysql::Options& options, bool local_infile = false);

// A plain statement.
void RunBare(sql::Connection& connection, const std::string& sql);

// Takes every value of the row that `rows` stands on; how many bytes they are.
size_t TakeRow(sql::ResultSet& rows, unsigned columns);

// Threads that each do one thing over and over. An exception of the driver ends the benchmark.
class BareLoop final : public Workload {
 public:
  using Step = std::function<void()>;
  // `make` is called once by each thread, with its number, and its result by that thread only.
  BareLoop(int threads, std::function<Step(int thread)> make);
  ~BareLoop() override;

  void Begin() override;
  void End() override;
  int64_t done() const override { return done_.load(std::memory_order_relaxed); }

  // How long each step took since the last time this was asked, in seconds. Between End and Begin.
  std::vector<double> TakeLatencies();

 private:
  void Serve(int thread, const std::function<Step(int)>& make);
  bool AwaitTurn();

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::vector<double> latencies_;
  int busy_ = 0;
  int made_ = 0;
  bool stopped_ = false;
  std::atomic<bool> running_{false};
  std::atomic<int64_t> done_{0};
  std::vector<std::thread> threads_;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_BARE_H_
