// The year of this test program.
#ifndef QINGLIAN_TESTS_FLOW_HOSTILE_THE_YEAR_H_
#define QINGLIAN_TESTS_FLOW_HOSTILE_THE_YEAR_H_

#include "tests/flow/hostile/told_year.h"

namespace qinglian::test {

// Told with planted values in all its requests when first asked for, ended after the last test. It
// logs all it can.
ToldYear& TheYear();

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_FLOW_HOSTILE_THE_YEAR_H_
