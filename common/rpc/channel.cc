#include "common/rpc/channel.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <optional>

#include "absl/random/random.h"
#include "absl/time/clock.h"
#include "common/rpc/unix_socket.h"
#include "common/status/status.h"
#include "common/trace/span.h"
#include "google/rpc/error_details.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/impl/client_unary_call.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/rpc_method.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"

namespace qinglian::rpc {

using grpc::internal::RpcMethod;

namespace {

// OpenSSL would tidy itself up when the process exits, under the hands of gRPC's threads that still
// connect: now and then a program that had done its work ended with a fault. Before main, because
// whoever needs OpenSSL first decides.
[[maybe_unused]] const bool stays_whole = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr) == 1;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(
      std::min<int64_t>(absl::ToInt64Milliseconds(duration), std::numeric_limits<int>::max()));
}

// Half to one and a half times 50 ms, doubled with each attempt, at most 2 s: callers that failed
// together do not come back together.
absl::Duration Pause(int attempt) {
  thread_local absl::BitGen generator;
  const absl::Duration pause =
      std::min(absl::Milliseconds(50) * (1 << std::min(attempt, 10)), absl::Seconds(2));
  return pause * absl::Uniform(generator, 0.5, 1.5);
}

// Lets the pause pass. gRPC 1.51 looks after a connection that is being made only while somebody
// waits on its channel, and otherwise every five seconds: so this waits on the channel too.
void LetPass(grpc::Channel& channel, absl::Duration pause) {
  const absl::Time end = absl::Now() + pause;
  while (channel.GetState(true) != GRPC_CHANNEL_READY && absl::Now() < end) {
    channel.WaitForStateChange(channel.GetState(true), absl::ToChronoTime(end));
  }
  absl::SleepFor(end - absl::Now());
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::string& address,
                                                      const ChannelOptions& options) {
  if (options.hop != nullptr && !IsUnixSocket(address)) {
    return options.hop->ForChannel(options.peer);
  }
  if (options.ca_certificates.empty()) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials({.pem_root_certs = options.ca_certificates,
                               .pem_private_key = options.key,
                               .pem_cert_chain = options.certificate});
}

std::string MakeIdentity(const CallOptions& options) {
  access::v1::Identity identity;
  identity.set_actor(options.caller);
  identity.set_client(options.client);
  for (const access::v1::Grant& grant : options.grants) *identity.add_grants() = grant;
  return options.identity_keys->Current()->Make(std::move(identity), absl::Now(),
                                                access::kIdentityLifetime);
}

// The span that the call is part of: the one that the thread works for, unless the options say
// another trace.
trace::Context ContextOf(const CallOptions& options) {
  if (options.trace_id.empty() && trace::Recorded()) return *trace::Current();
  trace::Context context = trace::NewTrace();
  if (const auto said = trace::ParseTraceId(options.trace_id); said.has_value()) {
    context.high = said->high;
    context.low = said->low;
  }
  return context;
}

// After what pause a failed call may be tried again; nothing where that would not help.
std::optional<absl::Duration> PauseAfter(const absl::Status& status, int attempt) {
  const absl::Duration pause = Pause(attempt);
  if (!absl::IsUnavailable(status) && !absl::IsResourceExhausted(status)) return std::nullopt;
  const google::rpc::Status proto = status::ToProto(status);
  for (const google::protobuf::Any& detail : proto.details()) {
    google::rpc::RetryInfo asked;
    if (!detail.UnpackTo(&asked)) continue;
    return std::max(pause, absl::Seconds(asked.retry_delay().seconds()) +
                               absl::Nanoseconds(asked.retry_delay().nanos()));
  }
  if (absl::IsUnavailable(status)) return pause;
  return std::nullopt;
}

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& address, const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_receive_bytes);
  arguments.SetMaxSendMessageSize(options.max_send_bytes);
  arguments.SetLoadBalancingPolicyName("round_robin");
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata_bytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // In truth the time that one attempt to connect may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, Milliseconds(options.max_reconnect_pause));
  if (address.starts_with("dns:")) arguments.SetServiceConfigJSON(kServingAddressesOnly);
  // By DNS: who closes a connection has usually gone, and another is there in its place.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1'000);
  // Services reach each other directly; a proxy named in the environment is for the world outside.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (options.own_connections) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, Credentials(address, options), arguments);
}

std::unique_ptr<grpc::ClientContext> MakeContext(const CallOptions& options) {
  auto context = std::make_unique<grpc::ClientContext>();
  if (options.identity_keys != nullptr) {
    context->AddMetadata(access::kIdentityKey, MakeIdentity(options));
  }
  for (const auto& [key, value] : options.metadata) context->AddMetadata(key, value);
  context->AddMetadata(trace::kTraceParent, trace::FormatTraceParent(ContextOf(options)));
  const absl::Time deadline = std::min(options.deadline, absl::Now() + options.timeout);
  if (deadline != absl::InfiniteFuture()) context->set_deadline(absl::ToChronoTime(deadline));
  return context;
}

absl::Status InvokeRaw(grpc::Channel& channel, const std::string& method,
                       const google::protobuf::Message& request,
                       google::protobuf::Message& response, const CallOptions& options) {
  using google::protobuf::Message;
  const RpcMethod rpc_method(method.c_str(), RpcMethod::NORMAL_RPC);
  CallOptions attempt_options = options;
  attempt_options.deadline = std::min(options.deadline, absl::Now() + options.timeout);
  if (attempt_options.trace_id.empty() && !trace::Recorded())
    attempt_options.trace_id = trace::NewTrace().trace_id();
  for (int attempt = 0;; ++attempt) {
    trace::Span span = trace::Child(trace::Kind::kClient, std::string_view(method).substr(1));
    const trace::Scope scope(span);
    const std::unique_ptr<grpc::ClientContext> context = MakeContext(attempt_options);
    const absl::Status status = FromGrpc(grpc::internal::BlockingUnaryCall<Message, Message>(
        &channel, rpc_method, context.get(), request, &response));
    span.EndCall(status.code(), !status.ok());
    const std::optional<absl::Duration> pause = PauseAfter(status, attempt);
    if (!pause.has_value() || attempt >= options.retries) return status;
    if (absl::Now() + *pause >= attempt_options.deadline) return status;
    LetPass(channel, *pause);
  }
}

ClientStreamCore::ClientStreamCore(std::shared_ptr<grpc::Channel> channel, std::string method,
                                   const CallOptions& options)
    : channel_(std::move(channel)),
      method_(std::move(method)),
      context_(MakeContext(options)),
      stream_(grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
          channel_.get(), RpcMethod(method_.c_str(), RpcMethod::BIDI_STREAMING), context_.get())) {}

ClientStreamCore::~ClientStreamCore() {
  if (finished_) return;
  Cancel();
  Finish().IgnoreError();
}

bool ClientStreamCore::Read(google::protobuf::Message* message) {
  grpc::ByteBuffer bytes;
  if (!stream_->Read(&bytes)) return false;
  broken_ = Decode(bytes, *message);
  if (broken_.ok()) return true;
  Cancel();
  return false;
}

bool ClientStreamCore::Write(const google::protobuf::Message& message) {
  grpc::ByteBuffer bytes;
  return Encode(message, bytes).ok() && stream_->Write(bytes);
}

bool ClientStreamCore::WritesDone() { return stream_->WritesDone(); }

absl::Status ClientStreamCore::Finish() {
  if (finished_) return broken_;
  grpc::ByteBuffer rest;
  while (stream_->Read(&rest)) {
  }
  finished_ = true;
  const absl::Status status = FromGrpc(stream_->Finish());
  if (broken_.ok()) broken_ = status;
  return broken_;
}

void ClientStreamCore::Cancel() { context_->TryCancel(); }

}  // namespace qinglian::rpc
