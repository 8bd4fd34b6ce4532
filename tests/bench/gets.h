// The plainest call there is, of random organizations of a House.
#ifndef QINGLIAN_TESTS_BENCH_GETS_H_
#define QINGLIAN_TESTS_BENCH_GETS_H_

#include <functional>
#include <string>
#include <vector>

#include "tests/bench/house.h"
#include "tests/bench/load.h"

namespace qinglian::bench {

inline constexpr char kGet[] = "/qinglian.organization.v1.OrganizationService/GetOrganization";

// The ids of all organizations, as the table keeps them.
std::vector<std::string> Ids(const House& house);

// The next GetOrganization of one of `ids`, which outlive it. For one thread.
std::function<grpc::ByteBuffer()> NextGet(const std::vector<std::string>& ids);

// Callers of the service itself.
Calls Gets(const House& house, const std::vector<std::string>& ids, int callers);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_GETS_H_
