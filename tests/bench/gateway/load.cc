#include "tests/bench/gateway/load.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "tests/bench/gateway/process.h"

namespace qinglian::bench {
namespace {

constexpr int kMaxConnections = 4;
constexpr int kCallersPerConnection = 16;
constexpr std::chrono::seconds kDeadline(10);

}  // namespace

struct Load::Caller {
  explicit Caller(std::shared_ptr<grpc::Channel> channel) : stub(std::move(channel)) {
    const grpc::Slice slice(std::string(kRequestBytes, 'q'));
    request = grpc::ByteBuffer(&slice, 1);
  }

  void Call(grpc::CompletionQueue& queue) {
    context.emplace();
    context->set_deadline(std::chrono::system_clock::now() + kDeadline);
    context->AddMetadata("qinglian-caller", "persons/01900000-0000-7000-8000-000000000001");
    response.Clear();
    call = stub.PrepareUnaryCall(&*context, kMethod, request, &queue);
    call->StartCall();
    call->Finish(&response, &status, this);
  }

  grpc::GenericStub stub;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  grpc::Status status;
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> call;
};

Load::Load(int port, int callers) {
  const int connections = std::clamp(callers / kCallersPerConnection, 1, kMaxConnections);
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < connections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channels.push_back(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                                 grpc::InsecureChannelCredentials(), arguments));
  }
  for (int i = 0; i < callers; ++i)
    callers_.push_back(std::make_unique<Caller>(channels[i % channels.size()]));
  thread_ = std::thread([this] { Run(); });
}

Load::~Load() {
  stop_ = true;
  thread_.join();
}

void Load::Run() {
  for (const std::unique_ptr<Caller>& caller : callers_) caller->Call(queue_);
  size_t open = callers_.size();
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue_.Next(&tag, &ok)) {
    auto* caller = static_cast<Caller*>(tag);
    if (!caller->status.ok()) Fail("a call failed: " + caller->status.error_message());
    if (caller->response.Length() != kResponseBytes) Fail("an answer has the wrong size");
    done_.fetch_add(1, std::memory_order_relaxed);
    if (stop_) {
      --open;
    } else {
      caller->Call(queue_);
    }
  }
  queue_.Shutdown();
  while (queue_.Next(&tag, &ok)) {
  }
}

}  // namespace qinglian::bench
