#include "tests/flow/gateway/backend.h"

#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/method_handler.h>

#include <thread>

#include "google/protobuf/descriptor.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace qinglian::gateway::test {
namespace {

using grpc::ByteBuffer;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

constexpr std::chrono::milliseconds kStep(5);
constexpr std::chrono::milliseconds kSlow(300);

void AddMethodTo(google::protobuf::ServiceDescriptorProto* service, const char* name, bool in,
                 bool out) {
  google::protobuf::MethodDescriptorProto* method = service->add_method();
  method->set_name(name);
  method->set_input_type(".qinglian.testing.v1.Words");
  method->set_output_type(".qinglian.testing.v1.Words");
  method->set_client_streaming(in);
  method->set_server_streaming(out);
}

google::protobuf::FileDescriptorProto File() {
  google::protobuf::FileDescriptorProto file;
  file.set_name("qinglian/testing/v1/echo.proto");
  file.set_package("qinglian.testing.v1");
  file.set_syntax("proto3");
  file.add_message_type()->set_name("Words");
  google::protobuf::ServiceDescriptorProto* service = file.add_service();
  service->set_name("EchoService");
  AddMethodTo(service, "Echo", false, false);
  AddMethodTo(service, "Expand", false, true);
  AddMethodTo(service, "Collect", true, false);
  AddMethodTo(service, "Talk", true, true);
  return file;
}

// Methods keep the pointer to their name.
const char* Keep(const std::string& name) {
  static auto& names = *new std::map<std::string, std::string>();
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  return names.try_emplace(name, MethodPath(name)).first->second.c_str();
}

// Splits "verb rest".
std::pair<std::string, std::string> Words(const std::string& text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos) return {text, ""};
  return {text.substr(0, space), text.substr(space + 1)};
}

grpc::Status Failure() {
  return {grpc::StatusCode::FAILED_PRECONDITION, Backend::kFailure, Backend::Details()};
}

}  // namespace

std::string MethodPath(const std::string& name) { return "/" + std::string(kService) + "/" + name; }

const google::protobuf::ServiceDescriptor* EchoDescriptor() {
  static auto& pool = *new google::protobuf::DescriptorPool();
  static const google::protobuf::FileDescriptor* file = pool.BuildFile(File());
  return file->service(0);
}

ByteBuffer ToBuffer(const std::string& text) {
  const grpc::Slice slice(text);
  return {&slice, 1};
}

std::string ToText(const ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string text;
  for (const grpc::Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

std::string Backend::Details() {
  google::rpc::Status status;
  status.set_code(static_cast<int>(grpc::StatusCode::FAILED_PRECONDITION));
  status.set_message(kFailure);
  google::rpc::ErrorInfo info;
  info.set_reason("GUARD_NOT_MET");
  (*info.mutable_metadata())["text"] = std::string(3'000, 'x') + std::string("\x01\x00\x7f", 3);
  status.add_details()->PackFrom(info);
  return status.SerializeAsString();
}

Backend::Backend(int port) {
  using Unary = grpc::internal::RpcMethodHandler<Backend, ByteBuffer, ByteBuffer>;
  for (const char* name : {"Echo", "Hidden"}) {
    AddMethod(new RpcServiceMethod(Keep(name), RpcMethod::NORMAL_RPC,
                                   new Unary(std::mem_fn(&Backend::Echo), this)));
  }
  AddMethod(new RpcServiceMethod(
      Keep("Expand"), RpcMethod::SERVER_STREAMING,
      new grpc::internal::ServerStreamingHandler<Backend, ByteBuffer, ByteBuffer>(
          std::mem_fn(&Backend::Expand), this)));
  AddMethod(new RpcServiceMethod(
      Keep("Collect"), RpcMethod::CLIENT_STREAMING,
      new grpc::internal::ClientStreamingHandler<Backend, ByteBuffer, ByteBuffer>(
          std::mem_fn(&Backend::Collect), this)));
  AddMethod(new RpcServiceMethod(
      Keep("Talk"), RpcMethod::BIDI_STREAMING,
      new grpc::internal::BidiStreamingHandler<Backend, ByteBuffer, ByteBuffer>(
          [](Backend* self, grpc::ServerContext* context,
             grpc::ServerReaderWriter<ByteBuffer, ByteBuffer>* stream) {
            return self->Talk(context, stream);
          },
          this)));
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.SetMaxReceiveMessageSize(-1);
  builder.AddListeningPort("127.0.0.1:" + std::to_string(port), grpc::InsecureServerCredentials(),
                           &port_);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

Backend::~Backend() { server_->Shutdown(std::chrono::system_clock::now()); }

bool Backend::AwaitCancelled(int count) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (cancelled_ < count) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

Seen Backend::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void Backend::Begin(grpc::ServerContext* context) {
  Seen seen;
  for (const auto& [key, value] : context->client_metadata()) {
    seen.metadata.emplace(std::string(key.data(), key.size()),
                          std::string(value.data(), value.size()));
  }
  seen.deadline = context->deadline();
  context->AddInitialMetadata("initial", "one");
  context->AddInitialMetadata("initial-bin", std::string("\x00\xfe", 2));
  context->AddTrailingMetadata("trailing", "two");
  context->AddTrailingMetadata("trailing-bin", std::string("\x00\xff", 2));
  const std::lock_guard lock(mutex_);
  last_ = std::move(seen);
}

void Backend::WaitForCancel(grpc::ServerContext* context) {
  while (!context->IsCancelled()) std::this_thread::sleep_for(kStep);
  ++cancelled_;
}

grpc::Status Backend::Echo(grpc::ServerContext* context, const ByteBuffer* request,
                           ByteBuffer* response) {
  Begin(context);
  const auto [verb, rest] = Words(ToText(*request));
  if (verb == "fail") return Failure();
  if (verb == "plain") return {grpc::StatusCode::NOT_FOUND, "not here"};
  if (verb == "wait") {
    WaitForCancel(context);
    return grpc::Status::CANCELLED;
  }
  if (verb == "slow") std::this_thread::sleep_for(kSlow);
  *response = ToBuffer(verb == "big" ? std::string(std::stoul(rest), 'b') : rest);
  return grpc::Status::OK;
}

grpc::Status Backend::Expand(grpc::ServerContext* context, const ByteBuffer* request,
                             grpc::ServerWriter<ByteBuffer>* writer) {
  Begin(context);
  const auto [verb, rest] = Words(ToText(*request));
  if (verb == "count") {
    for (int i = 0; i < std::stoi(rest); ++i) writer->Write(ToBuffer(std::to_string(i)));
    return grpc::Status::OK;
  }
  if (verb == "flood") {
    const ByteBuffer message = ToBuffer(std::string(64 << 10, 'f'));
    while (writer->Write(message)) ++flooded_;
    WaitForCancel(context);
    return grpc::Status::CANCELLED;
  }
  writer->Write(ToBuffer("one"));
  if (verb == "fail") return Failure();
  WaitForCancel(context);
  return grpc::Status::CANCELLED;
}

grpc::Status Backend::Collect(grpc::ServerContext* context, grpc::ServerReader<ByteBuffer>* reader,
                              ByteBuffer* response) {
  Begin(context);
  int count = 0;
  for (ByteBuffer message; reader->Read(&message);) ++count;
  // gRPC tells of a cancellation after the empty read that it causes, but before a second one.
  ByteBuffer nothing;
  reader->Read(&nothing);
  // A service that does not look whether it was cancelled would keep what it got.
  ++collected_;
  if (context->IsCancelled()) {
    --collected_;
    ++cancelled_;
  }
  *response = ToBuffer(std::to_string(count));
  return grpc::Status::OK;
}

grpc::Status Backend::Talk(grpc::ServerContext* context,
                           grpc::ServerReaderWriter<ByteBuffer, ByteBuffer>* stream) {
  Begin(context);
  stream->SendInitialMetadata();
  for (ByteBuffer message; stream->Read(&message);) {
    const std::string text = ToText(message);
    if (text == "fail") return Failure();
    stream->Write(ToBuffer("re: " + text));
  }
  if (context->IsCancelled()) ++cancelled_;
  return grpc::Status::OK;
}

}  // namespace qinglian::gateway::test
