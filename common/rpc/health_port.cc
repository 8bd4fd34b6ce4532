#include "common/rpc/health_port.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/codec.h"
#include "common/status/status.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/health_check_service_server_builder_option.h"
#include "grpcpp/server_builder.h"

namespace qinglian::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kLive[] = "live";
// A question has a few bytes.
constexpr int kMaxBytes = 1'024;

class Check final : public grpc::ServerGenericBidiReactor {
 public:
  Check(const std::string& method, const std::function<bool()>& ready) : ready_(ready) {
    if (method == kCheck) {
      StartRead(&request_);
    } else {
      Finish({grpc::StatusCode::UNIMPLEMENTED, "only health is told here"});
    }
  }

  void OnReadDone(bool ok) override {
    HealthCheckRequest question;
    if (!ok || !Decode(request_, question).ok()) {
      Finish({grpc::StatusCode::INVALID_ARGUMENT, "that is no question"});
      return;
    }
    if (!question.service().empty() && question.service() != kLive) {
      Finish({grpc::StatusCode::NOT_FOUND, "no such service"});
      return;
    }
    HealthCheckResponse answer;
    const bool serving = question.service() == kLive || ready_();
    answer.set_status(serving ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING);
    Encode(answer, response_).IgnoreError();
    StartWriteAndFinish(&response_, {}, grpc::Status::OK);
  }

  void OnDone() override { delete this; }

 private:
  const std::function<bool()>& ready_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

class HealthService final : public grpc::CallbackGenericService {
 public:
  explicit HealthService(std::function<bool()> ready) : ready_(std::move(ready)) {}

 private:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Check(context->method(), ready_);
  }

  const std::function<bool()> ready_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HealthPort>> HealthPort::Start(const std::string& address,
                                                              std::function<bool()> ready) {
  if (address.empty()) return nullptr;
  std::unique_ptr<HealthPort> port(
      new HealthPort(std::make_unique<HealthService>(std::move(ready))));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port->port_);
  builder.SetMaxReceiveMessageSize(kMaxBytes);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 10);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 60'000);
  // Not gRPC's own, which a server of this process may have asked for.
  builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
  builder.RegisterCallbackGenericService(port->service_.get());
  port->server_ = builder.BuildAndStart();
  if (port->server_ == nullptr) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", absl::StrCat("cannot tell health on ", address,
                                                  ": is another program there?")}});
  }
  return port;
}

HealthPort::HealthPort(std::unique_ptr<grpc::CallbackGenericService> service)
    : service_(std::move(service)) {}

HealthPort::~HealthPort() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
}

}  // namespace qinglian::rpc
