#include "tests/bench/bare.h"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <mysql_driver.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "tests/bench/process.h"

namespace qinglian::bench {

using std::chrono::steady_clock;

std::unique_ptr<sql::Connection> OpenBare(const mysql::Options& options, bool local_infile) {
  try {
    sql::ConnectOptionsMap map;
    map["hostName"] = sql::SQLString("unix://" + options.unix_socket);
    map["userName"] = sql::SQLString(options.user);
    map["password"] = sql::SQLString(options.password);
    map["schema"] = sql::SQLString(options.schema);
    map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    map["OPT_LOCAL_INFILE"] = local_infile ? 1 : 0;
    std::unique_ptr<sql::Connection> connection(sql::mysql::get_driver_instance()->connect(map));
    RunBare(*connection, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    RunBare(*connection, "SET NAMES utf8mb4 COLLATE utf8mb4_bin");
    RunBare(*connection,
            "SET time_zone='+00:00', sql_mode='STRICT_TRANS_TABLES,STRICT_ALL_TABLES'");
    return connection;
  } catch (const sql::SQLException& e) {
    Fail(std::string("no connection to the database: ") + e.what());
  }
}

void RunBare(sql::Connection& connection, const std::string& sql) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  statement->execute(sql);
}

size_t TakeRow(sql::ResultSet& rows, unsigned columns) {
  size_t bytes = 0;
  for (unsigned i = 1; i <= columns; ++i) {
    if (rows.isNull(i)) continue;
    const sql::SQLString value = rows.getString(i);
    bytes += std::string(value.c_str(), value.length()).size();
  }
  return bytes;
}

BareLoop::BareLoop(int threads, std::function<Step(int)> make) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i, make] { Serve(i, make); });
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return made_ == threads; });
}

BareLoop::~BareLoop() {
  End();
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void BareLoop::Begin() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  changed_.notify_all();
}

void BareLoop::End() {
  std::unique_lock lock(mutex_);
  running_ = false;
  changed_.wait(lock, [this] { return busy_ == 0; });
}

std::vector<double> BareLoop::TakeLatencies() {
  const std::lock_guard lock(mutex_);
  return std::move(latencies_);
}

bool BareLoop::AwaitTurn() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_ || stopped_; });
  if (stopped_) return false;
  ++busy_;
  return true;
}

void BareLoop::Serve(int thread, const std::function<Step(int)>& make) {
  try {
    sql::mysql::get_driver_instance()->threadInit();
    {
      const Step step = make(thread);
      {
        const std::lock_guard lock(mutex_);
        ++made_;
      }
      changed_.notify_all();
      while (AwaitTurn()) {
        std::vector<double> latencies;
        while (running_) {
          const steady_clock::time_point begun = steady_clock::now();
          step();
          latencies.push_back(std::chrono::duration<double>(steady_clock::now() - begun).count());
          done_.fetch_add(1, std::memory_order_relaxed);
        }
        {
          const std::lock_guard lock(mutex_);
          latencies_.insert(latencies_.end(), latencies.begin(), latencies.end());
          --busy_;
        }
        changed_.notify_all();
      }
    }
    sql::mysql::get_driver_instance()->threadEnd();
  } catch (const sql::SQLException& e) {
    Fail(absl::StrCat("a bare statement failed: ", e.what()));
  }
}

}  // namespace qinglian::bench
