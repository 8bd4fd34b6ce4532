#include "tests/bench/backend.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>
#include <signal.h>

#include <memory>
#include <string>

#include "google/protobuf/message_lite.h"
#include "qinglian/journal/v1/journal.pb.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "tests/bench/load.h"
#include "tests/bench/process.h"

namespace qinglian::bench {
namespace {

grpc::ByteBuffer BytesOfSize(int size) {
  const grpc::Slice slice(std::string(static_cast<size_t>(size), 'r'));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer Encode(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// The same caller, whoever asks.
grpc::ByteBuffer AnybodyAtAll() {
  organization::v1::ResolveCallerResponse response;
  response.set_actor(kCaller);
  response.add_grants()->set_role("roles/organ");
  return Encode(response);
}

// A feed in which nothing ever changes.
class QuietFeed final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  QuietFeed() {
    journal::v1::WatchChangesResponse batch;
    batch.set_resume_token("here");
    batch_ = Encode(batch);
    StartWrite(&batch_);
  }
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer batch_;
};

// Bound as common/rpc binds services: unary callback methods, bytes in, bytes out.
class Backend final : public grpc::Service {
 public:
  Backend() {
    Answer(kForwardedMethod, BytesOfSize(kAnswerBytes));
    Answer(kEmptyMethod, BytesOfSize(0));
    Answer("/qinglian.organization.v1.CallerService/ResolveCaller", AnybodyAtAll());
    Answer("/qinglian.organization.v1.CallerService/RenewLease", BytesOfSize(0));
    AddMethod(new grpc::internal::RpcServiceMethod(
        "/qinglian.organization.v1.JournalService/WatchChanges",
        grpc::internal::RpcMethod::SERVER_STREAMING, nullptr));
    MarkMethodCallback(
        methods_++,
        new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
            [](grpc::CallbackServerContext*, const grpc::ByteBuffer*) { return new QuietFeed(); }));
  }

 private:
  void Answer(const char* method, const grpc::ByteBuffer& answer) {
    AddMethod(new grpc::internal::RpcServiceMethod(method, grpc::internal::RpcMethod::NORMAL_RPC,
                                                   nullptr));
    MarkMethodCallback(methods_++,
                       new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
                           [answer](grpc::CallbackServerContext* context, const grpc::ByteBuffer*,
                                    grpc::ByteBuffer* response) {
                             *response = answer;
                             grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
                             reactor->Finish(grpc::Status::OK);
                             return reactor;
                           }));
  }

  int methods_ = 0;
};

}  // namespace

void RunBackend(int port) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Backend backend;
  grpc::ServerBuilder builder;
  builder.RegisterService(&backend);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials());
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) Fail("the backend cannot listen");
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown(std::chrono::system_clock::now());
}

}  // namespace qinglian::bench
