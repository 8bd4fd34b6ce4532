// Calling other services: channels, and methods called by their names, without generated stubs.
#ifndef QINGLIAN_COMMON_RPC_CHANNEL_H_
#define QINGLIAN_COMMON_RPC_CHANNEL_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/identity_keys.h"
#include "common/rpc/codec.h"
#include "common/rpc/hop.h"
#include "common/status/macros.h"
#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/sync_stream.h"

namespace qinglian::rpc {

struct ChannelOptions {
  // The largest message taken and sent, in bytes.
  int max_receive_bytes = 16 << 20;
  int max_send_bytes = 4 << 20;
  // Metadata of an answer, in bytes: where the details of errors travel.
  int max_metadata_bytes = 64 << 10;
  // A connection that is silent for `keepalive_time` is probed, also between calls, and given up
  // without an answer in `keepalive_timeout`. Not below what the server's `min_ping_interval`
  // allows.
  absl::Duration keepalive_time = absl::Seconds(20);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // The longest pause before a lost connection is tried again; the first is a tenth of a second.
  absl::Duration max_reconnect_pause = absl::Seconds(2);
  // TLS, to whoever has a certificate of these authorities (PEM); empty for none. With the caller's
  // own certificate and its key, where he has one.
  std::string ca_certificates = {};
  std::string certificate = {};
  std::string key = {};
  // Within the house: the mark of the hop to the process `peer`. Null on one machine; a unix socket
  // needs none.
  std::shared_ptr<const Hop> hop = nullptr;
  std::string peer = {};
  // Whether the channel has connections of its own. Otherwise channels of equal options to one
  // address share them: long streams and short calls should not.
  bool own_connections = false;
};

// A channel to `address`: `127.0.0.1:5001`, `unix:/path`, or `dns:///risk:5001`, those of
// whose addresses that serve take turns. Connects when first used. Thread-safe, as channels are.
std::shared_ptr<grpc::Channel> Connect(const std::string& address,
                                       const ChannelOptions& options = {});

struct CallOptions {
  // Within the house: who calls (`persons/{uuid}`, `clients/{id}` or `services/{id}`), by which
  // program and with which grants, and the keys of the identity token that says so.
  std::string caller;
  std::string client;
  std::vector<access::v1::Grant> grants;
  std::shared_ptr<const access::IdentityKeys> identity_keys;
  // From outside: further metadata, such as the bearer token that says who calls.
  std::vector<std::pair<std::string, std::string>> metadata;
  // 32 hexadecimal digits; empty for the trace that the thread works for, if that is recorded, or a
  // new one.
  std::string trace_id;
  // When to stop waiting: the earlier of both. Streams that watch take infinite ones.
  absl::Duration timeout = absl::Seconds(10);
  absl::Time deadline = absl::InfiniteFuture();
  // How often a unary call is tried again after UNAVAILABLE, or after RESOURCE_EXHAUSTED that says
  // when (RetryInfo), with growing pauses, within the deadline. For writes only together with a
  // request_id.
  int retries = 0;
};

// A gRPC service configuration for targets that have several addresses: the health of each is
// watched, and one that drains, or has lost its database, gets no calls as long as another serves.
inline constexpr char kServingAddressesOnly[] = R"({"healthCheckConfig": {"serviceName": ""}})";

// A context with the metadata and deadline of `options`.
std::unique_ptr<grpc::ClientContext> MakeContext(const CallOptions& options);

// Calls a unary method, `/qinglian.risk.v1.RiskPointService/GetRiskPoint`, and waits. Errors of the
// server keep their details (status::ReasonOf). Never from a gRPC reaction or a unary handler.
absl::Status InvokeRaw(grpc::Channel& channel, const std::string& method,
                       const google::protobuf::Message& request,
                       google::protobuf::Message& response, const CallOptions& options);

template <typename Req, typename Resp>
absl::StatusOr<Resp> Invoke(grpc::Channel& channel, const std::string& method, const Req& request,
                            const CallOptions& options) {
  Resp response;
  RETURN_IF_ERROR(InvokeRaw(channel, method, request, response, options));
  return response;
}

// A stream under way, in bytes. One thread may read while another writes; Cancel from any.
class ClientStreamCore {
 public:
  // Begins the call. `method` must not end before this object.
  ClientStreamCore(std::shared_ptr<grpc::Channel> channel, std::string method,
                   const CallOptions& options);
  // Cancels, unless finished.
  ~ClientStreamCore();

  ClientStreamCore(const ClientStreamCore&) = delete;
  ClientStreamCore& operator=(const ClientStreamCore&) = delete;

  // Waits for a message. False at the end of the stream: Finish says which.
  bool Read(google::protobuf::Message* message);
  // Sends a message, waiting while the receiver is slow. False when the stream is broken.
  bool Write(const google::protobuf::Message& message);
  // Nothing more will be written.
  bool WritesDone();
  // How the stream ended. After Read returned false; otherwise it reads to the end first.
  absl::Status Finish();
  // Ends the stream at once, from any thread: a waiting Read returns false.
  void Cancel();

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::string method_;
  const std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream_;
  absl::Status broken_;
  bool finished_ = false;
};

// The caller's end of a server stream.
template <typename Req, typename Resp>
class ServerStreamClient {
 public:
  ServerStreamClient(std::shared_ptr<grpc::Channel> channel, std::string method, const Req& request,
                     const CallOptions& options)
      : core_(std::move(channel), std::move(method), options) {
    core_.Write(request);
    core_.WritesDone();
  }
  bool Read(Resp* message) { return core_.Read(message); }
  absl::Status Finish() { return core_.Finish(); }
  void Cancel() { core_.Cancel(); }

 private:
  ClientStreamCore core_;
};

// The caller's end of a client stream.
template <typename Req, typename Resp>
class ClientStreamClient {
 public:
  ClientStreamClient(std::shared_ptr<grpc::Channel> channel, std::string method,
                     const CallOptions& options)
      : core_(std::move(channel), std::move(method), options) {}
  bool Write(const Req& message) { return core_.Write(message); }
  // The answer. To be called too when Write returned false: it says why.
  absl::StatusOr<Resp> Finish() {
    core_.WritesDone();
    Resp response;
    const bool answered = core_.Read(&response);
    RETURN_IF_ERROR(core_.Finish());
    if (!answered) return absl::InternalError("the call ended well but without an answer");
    return response;
  }
  void Cancel() { core_.Cancel(); }

 private:
  ClientStreamCore core_;
};

// The caller's end of a stream both ways.
template <typename Req, typename Resp>
class BidiStreamClient {
 public:
  BidiStreamClient(std::shared_ptr<grpc::Channel> channel, std::string method,
                   const CallOptions& options)
      : core_(std::move(channel), std::move(method), options) {}
  bool Write(const Req& message) { return core_.Write(message); }
  bool WritesDone() { return core_.WritesDone(); }
  bool Read(Resp* message) { return core_.Read(message); }
  absl::Status Finish() { return core_.Finish(); }
  void Cancel() { core_.Cancel(); }

 private:
  ClientStreamCore core_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_CHANNEL_H_
