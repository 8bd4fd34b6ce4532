#include "tests/bench/load.h"

#include <grpcpp/alarm.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>

#include "common/rpc/channel.h"
#include "tests/bench/process.h"
#include "tests/support/identity.h"

namespace qinglian::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kMaxConnections = 4;
constexpr int kCallersPerConnection = 16;

rpc::CallOptions OptionsOfCaller() {
  rpc::CallOptions options = test::CallAs(kCaller);
  options.timeout = absl::Seconds(10);
  return options;
}

}  // namespace

struct Load::Caller {
  explicit Caller(std::shared_ptr<grpc::Channel> channel) : stub(std::move(channel)) {}

  void Call(const Calls& calls, grpc::CompletionQueue& queue) {
    context = rpc::MakeContext(options);
    for (const auto& [key, value] : calls.metadata) context->AddMetadata(key, value);
    request = calls.request();
    response.Clear();
    begun = steady_clock::now();
    call = stub.PrepareUnaryCall(context.get(), calls.method, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, this);
  }

  const rpc::CallOptions options = OptionsOfCaller();
  grpc::GenericStub stub;
  grpc::Alarm alarm;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  grpc::Status status;
  steady_clock::time_point begun;
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
};

Load::Load(Calls calls) : calls_(std::move(calls)) {
  const int connections = std::clamp(calls_.callers / kCallersPerConnection, 1, kMaxConnections);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < connections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // The callers share the machine with what they measure and are to cost little.
    arguments.SetInt(GRPC_ARG_MINIMAL_STACK, 1);
    // TLS needs the whole stack.
    if (calls_.credentials != nullptr) arguments.SetInt(GRPC_ARG_MINIMAL_STACK, 0);
    channels.push_back(grpc::CreateCustomChannel(
        calls_.address,
        calls_.credentials == nullptr ? grpc::InsecureChannelCredentials() : calls_.credentials,
        arguments));
  }
  for (int i = 0; i < calls_.callers; ++i) {
    callers_.push_back(
        std::make_unique<Caller>(channels[static_cast<size_t>(i) % channels.size()]));
  }
  thread_ = std::thread([this] { Serve(); });
}

Load::~Load() {
  End();
  queue_.Shutdown();
  thread_.join();
}

void Load::Begin() {
  const std::lock_guard lock(mutex_);
  running_ = true;
  open_ = callers_.size();
  // The load's own thread makes the first calls too, so that each caller belongs to one thread.
  for (const auto& caller : callers_) {
    caller->call.reset();
    caller->alarm.Set(&queue_, std::chrono::system_clock::now(), caller.get());
  }
}

void Load::End() {
  running_ = false;
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return open_ == 0; });
}

void Load::Answered(Caller& caller) {
  if (!caller.status.ok()) Fail("a call failed: " + caller.status.error_message());
  if (calls_.answer_bytes >= 0 &&
      caller.response.Length() != static_cast<size_t>(calls_.answer_bytes)) {
    Fail("an answer has the wrong size");
  }
  latencies_.push_back(std::chrono::duration<double>(steady_clock::now() - caller.begun).count());
  done_.fetch_add(1, std::memory_order_relaxed);
}

void Load::Serve() {
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    auto* caller = static_cast<Caller*>(tag);
    if (caller->call != nullptr) Answered(*caller);
    if (running_) {
      caller->Call(calls_, queue_);
    } else {
      const std::lock_guard lock(mutex_);
      if (--open_ == 0) idle_.notify_all();
    }
  }
}

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace qinglian::bench
