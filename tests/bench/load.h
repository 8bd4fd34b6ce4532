// Load: callers that each wait for their answer before they call again.
#ifndef QINGLIAN_TESTS_BENCH_LOAD_H_
#define QINGLIAN_TESTS_BENCH_LOAD_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "google/protobuf/message_lite.h"
#include "tests/bench/bench.h"

namespace qinglian::bench {

// Which unary calls are made.
struct Calls {
  // `127.0.0.1:7201`.
  std::string address;
  std::string method;
  // The next request; called on the load's thread.
  std::function<grpc::ByteBuffer()> request;
  int callers = 1;
  // What a caller from outside proves himself with; within the house an identity token does.
  std::vector<std::pair<std::string, std::string>> metadata = {};
  // What an answer must have, in bytes; -1: it does not matter.
  int answer_bytes = -1;
  // TLS; null for none.
  std::shared_ptr<grpc::ChannelCredentials> credentials = nullptr;
};

// One thread and one completion queue for all callers, over up to four connections. An answer that
// is not OK ends the benchmark.
class Load final : public Workload {
 public:
  explicit Load(Calls calls);
  ~Load() override;

  void Begin() override;
  void End() override;
  int64_t done() const override { return done_.load(std::memory_order_relaxed); }

  // How long each answer took since the last time this was asked, in seconds. Between End and
  // Begin.
  std::vector<double> TakeLatencies() { return std::move(latencies_); }

 private:
  struct Caller;
  void Serve();
  void Answered(Caller& caller);

  const Calls calls_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<double> latencies_;
  std::atomic<int64_t> done_{0};
  std::atomic<bool> running_{false};
  std::mutex mutex_;
  std::condition_variable idle_;
  // Calls under way; guarded by mutex_ where they begin and end.
  size_t open_ = 0;
  std::thread thread_;
};

// A message as the bytes of a request.
grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message);

// Who calls, in every benchmark.
inline constexpr char kCaller[] = "persons/01900000-0000-7000-8000-000000000001";

}  // namespace qinglian::bench

#endif  // QINGLIAN_TESTS_BENCH_LOAD_H_
