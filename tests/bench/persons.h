// Persons for a registry of organizations, with a post and an assignment each. They do not exist:
// their names say so, and their identity numbers are of a region that nobody has.
#ifndef QINGLIAN_TESTS_BENCH_PERSONS_H_
#define QINGLIAN_TESTS_BENCH_PERSONS_H_

#include <cstdint>

#include "tests/bench/house.h"

namespace qinglian::bench {

// Gives the organizations of a house so many persons, spread evenly. The first come in as anybody's
// do, by `qlctl import persons`, which tells what the service needs for them; the others, because
// those of a country would take most of an hour, by LOAD DATA LOCAL of generated files into the
// same tables (persons, posts, assignments, sealed_values), without what the service journals of a
// person.
void LoadPersons(House& house, int64_t persons);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_PERSONS_H_
