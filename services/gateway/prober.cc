#include "services/gateway/prober.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/security/credentials.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/log/log.h"
#include "common/rpc/unix_socket.h"
#include "services/gateway/upstream.h"

namespace qinglian::gateway {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr std::chrono::seconds kTimeout(1);

}  // namespace

Prober::Prober(const Options& options, const grpc::ResourceQuota& quota, HealthBoard& board,
               Metrics& metrics)
    : options_(options), board_(board), metrics_(metrics) {
  for (const UpstreamOption& upstream : options.upstreams) {
    const bool marked = options.hop != nullptr && !rpc::IsUnixSocket(upstream.target);
    channels_.push_back(grpc::CreateCustomChannel(
        upstream.target,
        marked ? options.hop->ForChannel(upstream.name) : grpc::InsecureChannelCredentials(),
        UpstreamArguments(upstream.target, options, quota)));
  }
  thread_ = std::thread([this] { Run(); });
}

Prober::~Prober() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Prober::Run() {
  // What was said of each, the first time whatever it is.
  std::vector<std::optional<bool>> said(channels_.size());
  std::unique_lock lock(mutex_);
  while (!stop_) {
    lock.unlock();
    for (size_t i = 0; i < channels_.size(); ++i) {
      const std::string fault = Probe(i);
      const bool serving = fault.empty();
      if (serving != std::exchange(said[i], serving)) {
        log::Info(
            "upstream changed",
            {{"upstream", options_.upstreams[i].name}, {"serving", serving}, {"fault", fault}});
      }
      board_.Set(i, serving);
      metrics_.SetServing(i, serving);
    }
    lock.lock();
    wake_.wait_for(lock, absl::ToChronoMilliseconds(options_.health_interval),
                   [this] { return stop_; });
  }
}

std::string Prober::Probe(size_t upstream) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTimeout);
  grpc::TemplatedGenericStub<HealthCheckRequest, HealthCheckResponse> stub(channels_[upstream]);
  grpc::CompletionQueue queue;
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", HealthCheckRequest(), &queue);
  HealthCheckResponse response;
  grpc::Status status;
  call->StartCall();
  call->Finish(&response, &status, this);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return "";
  if (!status.ok()) return "not reached: " + status.error_message();
  return response.status() == HealthCheckResponse::SERVING ? "" : "not ready, by its own word";
}

}  // namespace qinglian::gateway
