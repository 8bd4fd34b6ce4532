// Many calls from a few threads.
#ifndef QINGLIAN_TESTS_SUPPORT_SPREAD_H_
#define QINGLIAN_TESTS_SUPPORT_SPREAD_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace qinglian::test {

// Runs `fn` for each number below `count`, on so many threads.
inline void Spread(size_t count, const std::function<void(size_t)>& fn, size_t at_a_time = 4) {
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < at_a_time; ++thread) {
    threads.emplace_back([&] {
      for (size_t i = next++; i < count; i = next++) fn(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_SPREAD_H_
