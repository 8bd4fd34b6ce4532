#include "tests/bench/open_load.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/rpc/channel.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"
#include "tests/support/identity.h"

namespace qinglian::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kConnections = 4;
constexpr double kTenth = 0.1;
// Who falls further behind than this does not offer the load that he says.
constexpr double kLate = 0.5;

struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer response;
  grpc::Status status;
  size_t tenth = 0;
};

class Caller {
 public:
  Caller(const std::string& address, absl::Duration deadline) : options_(test::CallAs(kCaller)) {
    options_.timeout = deadline;
    for (int i = 0; i < kConnections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      arguments.SetInt(GRPC_ARG_MINIMAL_STACK, 1);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
    }
    collector_ = std::thread([this] { Collect(); });
  }

  void Make(const std::string& method, const grpc::ByteBuffer& request, double at) {
    auto* call = new Call;
    call->tenth = static_cast<size_t>(at / kTenth);
    call->context = rpc::MakeContext(options_);
    call->reader = stubs_[static_cast<size_t>(outcomes_.made) % stubs_.size()]->PrepareUnaryCall(
        call->context.get(), method, request, &queue_);
    ++outcomes_.made;
    call->reader->StartCall();
    call->reader->Finish(&call->response, &call->status, call);
  }

  // Waits for what is under way.
  Outcomes Finish(double seconds) {
    making_ = false;
    queue_.Shutdown();
    collector_.join();
    outcomes_.seconds = seconds;
    return std::move(outcomes_);
  }

 private:
  void Collect() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) Count(*std::unique_ptr<Call>(static_cast<Call*>(tag)));
  }

  void Count(const Call& call) {
    if (outcomes_.tenths.size() <= call.tenth) outcomes_.tenths.resize(call.tenth + 1);
    auto& [made, good] = outcomes_.tenths[call.tenth];
    ++made;
    if (call.status.ok()) {
      ++good;
      ++outcomes_.good;
      outcomes_.good_meanwhile += making_;
    } else if (call.status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      ++outcomes_.refused;
    } else {
      ++outcomes_.others[call.status.error_code()];
    }
  }

  rpc::CallOptions options_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  grpc::CompletionQueue queue_;
  std::atomic<bool> making_{true};
  // `made` belongs to who calls, the rest to the collector until it has ended.
  Outcomes outcomes_;
  std::thread collector_;
};

}  // namespace

Outcomes CallOpenly(const std::string& address, const std::string& method,
                    const std::function<grpc::ByteBuffer()>& request, double rate,
                    absl::Duration time, absl::Duration deadline) {
  Caller caller(address, deadline);
  const steady_clock::time_point begin = steady_clock::now();
  const auto calls = static_cast<int64_t>(rate * absl::ToDoubleSeconds(time));
  for (int64_t i = 0; i < calls; ++i) {
    const double due = static_cast<double>(i) / rate;
    std::this_thread::sleep_until(begin + std::chrono::duration_cast<steady_clock::duration>(
                                              std::chrono::duration<double>(due)));
    const double now = std::chrono::duration<double>(steady_clock::now() - begin).count();
    if (now > due + kLate)
      Fail(
          absl::StrCat("this machine cannot make ", static_cast<int64_t>(rate), " calls a second"));
    caller.Make(method, request(), now);
  }
  std::this_thread::sleep_until(begin + absl::ToChronoNanoseconds(time));
  return caller.Finish(absl::ToDoubleSeconds(time));
}

}  // namespace qinglian::bench
