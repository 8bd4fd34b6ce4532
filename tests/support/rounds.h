// Races, and how often they are run.
#ifndef QINGLIAN_TESTS_SUPPORT_ROUNDS_H_
#define QINGLIAN_TESTS_SUPPORT_ROUNDS_H_

#include <cstdlib>
#include <latch>
#include <thread>

namespace qinglian::test {

// As often as the short tour can spare; in the long lane as often as QINGLIAN_TEST_ROUNDS says.
inline int Rounds(int otherwise) {
  const char* rounds = std::getenv("QINGLIAN_TEST_ROUNDS");
  return rounds == nullptr ? otherwise : std::atoi(rounds);
}

// Does both, begun at the same moment by two threads.
template <class One, class Other>
void AtOnce(One one, Other other) {
  std::latch ready(2);
  std::thread thread([&] {
    ready.arrive_and_wait();
    other();
  });
  ready.arrive_and_wait();
  one();
  thread.join();
}

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_ROUNDS_H_
