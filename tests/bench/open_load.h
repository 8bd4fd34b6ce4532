// Load that does not wait: so many calls a second, whatever becomes of those before, as many
// strangers make them.
#ifndef QINGLIAN_TESTS_BENCH_OPEN_LOAD_H_
#define QINGLIAN_TESTS_BENCH_OPEN_LOAD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/support/byte_buffer.h"

namespace qinglian::bench {

// What became of the calls that were made in some time.
struct Outcomes {
  int64_t made = 0;
  // Answered with success before their deadline; and of these, while calls were still made.
  int64_t good = 0;
  int64_t good_meanwhile = 0;
  // Refused at once or soon: RESOURCE_EXHAUSTED.
  int64_t refused = 0;
  // All others, by their codes.
  std::map<int, int64_t> others;
  // By the moment at which they were made, in tenths of a second: how many, and how many were good.
  std::vector<std::pair<int64_t, int64_t>> tenths;
  double seconds = 0;

  double goodput() const { return static_cast<double>(good_meanwhile) / seconds; }
};

// Makes `rate` calls a second for so long, each with the same deadline, over a few connections, and
// waits until all were answered. Ends the benchmark where it cannot make them as fast.
Outcomes CallOpenly(const std::string& address, const std::string& method,
                    const std::function<grpc::ByteBuffer()>& request, double rate,
                    absl::Duration time, absl::Duration deadline);

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_OPEN_LOAD_H_
