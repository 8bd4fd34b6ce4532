// Load: callers that each wait for their answer before they call again.
#ifndef QINGLIAN_TESTS_BENCH_GATEWAY_LOAD_H_
#define QINGLIAN_TESTS_BENCH_GATEWAY_LOAD_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace qinglian::bench {

inline constexpr char kMethod[] = "/qinglian.organization.v1.OrganizationService/GetOrganization";
inline constexpr int kRequestBytes = 300;
inline constexpr int kResponseBytes = 600;

// Runs from construction to destruction, on one thread and one completion queue.
class Load {
 public:
  // `callers` unary calls at a time to 127.0.0.1:`port`, over up to four connections.
  Load(int port, int callers);
  ~Load();

  // Calls that were answered so far. An answer that is not OK ends the benchmark.
  int64_t done() const { return done_.load(std::memory_order_relaxed); }

 private:
  struct Caller;
  void Run();

  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::atomic<int64_t> done_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_GATEWAY_LOAD_H_
