// Writers that sit between the insert of their journal rows and the COMMIT, for as long as chance
// says: what loses events where ids are followed instead of positions.
#ifndef QINGLIAN_TESTS_STORAGE_JOURNAL_WRITERS_H_
#define QINGLIAN_TESTS_STORAGE_JOURNAL_WRITERS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "tests/storage/journal/items.h"

namespace qinglian::test::journal {

// Each thread adds to items of a common set until stopped; some transactions are rolled back.
class Writers {
 public:
  Writers(Items& items, int threads, int resources);
  ~Writers();
  // Ends the threads; how many changes were committed, the making of the items included.
  int64_t Stop();

 private:
  void Run(int seed);
  bool WriteOnce(mysql::Connection& connection, const std::string& name, bool commit, int delay_us);

  Items& items_;
  std::vector<std::string> names_;
  std::atomic<int64_t> committed_{0};
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

// A sequencer in a process of its own.
class SequencerProcess {
 public:
  explicit SequencerProcess(const mysql::Options& options);
  ~SequencerProcess();
  // kill -9 and wait.
  void Kill();

 private:
  int pid_ = -1;
};

// Waits until `condition` holds; false after a minute.
bool Eventually(const std::function<bool()>& condition);

}  // namespace qinglian::test::journal

#endif  // QINGLIAN_TESTS_STORAGE_JOURNAL_WRITERS_H_
