// Moves of a large subtree through the service, and the same statements from a driver.
#ifndef QINGLIAN_TESTS_BENCH_NATION_MOVE_H_
#define QINGLIAN_TESTS_BENCH_NATION_MOVE_H_

#include "tests/bench/bench.h"
#include "tests/bench/house.h"

namespace qinglian::bench {

// Moves the subtree of the house that has most nearly 10,000 organizations below another
// organization and back, by turns through the service and bare: `move_subtree`.
void RunMoves(const Settings& settings, House& house, Report& report);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_NATION_MOVE_H_
