// Calls of the tests: synchronous, bytes in and out, of any kind and to any method.
#ifndef QINGLIAN_TESTS_FLOW_GATEWAY_CALLER_H_
#define QINGLIAN_TESTS_FLOW_GATEWAY_CALLER_H_

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/support/sync_stream.h>

#include <chrono>
#include <memory>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpc/health/v1/health.pb.h"
#include "tests/flow/gateway/backend.h"
#include "tests/flow/gateway/provider.h"
#include "tests/flow/gateway/registry.h"

namespace qinglian::gateway::test {

using Stream = grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>;

class Caller {
 public:
  explicit Caller(int port, const grpc::ChannelArguments& arguments = {})
      : channel_(grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                           grpc::InsecureChannelCredentials(), arguments)) {}

  // A unary call. `response` may be null.
  grpc::Status Unary(const std::string& path, const std::string& request, std::string* response,
                     grpc::ClientContext& context) {
    const grpc::internal::RpcMethod method(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC);
    Introduce(context);
    const grpc::ByteBuffer in = ToBuffer(request);
    grpc::ByteBuffer out;
    const grpc::Status status =
        grpc::internal::BlockingUnaryCall(channel_.get(), method, &context, in, &out);
    if (status.ok() && response != nullptr) *response = ToText(out);
    return status;
  }

  grpc::Status Echo(const std::string& request, std::string* response = nullptr) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return Unary(MethodPath("Echo"), request, response, context);
  }

  // A call of any kind, as a stream. It borrows `context` and `path`.
  std::unique_ptr<Stream> Open(const std::string& path, grpc::ClientContext& context) {
    const grpc::internal::RpcMethod method(path.c_str(), grpc::internal::RpcMethod::BIDI_STREAMING);
    Introduce(context);
    return std::unique_ptr<Stream>(
        grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
            channel_.get(), method, &context));
  }

  // From now on it proves itself by this token.
  void SetToken(std::string token) { token_ = std::move(token); }

  // What health says of `service`.
  grpc::Status Health(const std::string& service,
                      grpc::health::v1::HealthCheckResponse::ServingStatus* serving) {
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    grpc::ClientContext context;
    std::string bytes;
    const grpc::Status status =
        Unary("/grpc.health.v1.Health/Check", request.SerializeAsString(), &bytes, context);
    grpc::health::v1::HealthCheckResponse response;
    response.ParseFromString(bytes);
    *serving = response.status();
    return status;
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  // Proves who calls.
  void Introduce(grpc::ClientContext& context) const {
    context.AddMetadata("authorization", "Bearer " + token_);
  }

  std::string token_ = Provider::Token();

  std::shared_ptr<grpc::Channel> channel_;
};

// The ErrorInfo of an error; empty where it has none.
inline google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status proto;
  google::rpc::ErrorInfo info;
  proto.ParseFromString(status.error_details());
  for (const google::protobuf::Any& detail : proto.details()) {
    if (detail.UnpackTo(&info)) return info;
  }
  return {};
}

inline bool HasRetryInfo(const grpc::Status& status) {
  google::rpc::Status proto;
  proto.ParseFromString(status.error_details());
  for (const google::protobuf::Any& detail : proto.details()) {
    if (detail.Is<google::rpc::RetryInfo>()) return true;
  }
  return false;
}

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_FLOW_GATEWAY_CALLER_H_
