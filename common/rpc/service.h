// A gRPC service bound by its descriptor: no generated service class, no reactors in handlers.
//
//   rpc::Service service(server.pipeline(), "qinglian.risk.v1.RiskPointService");
//   service.Unary("GetRiskPoint", &api, &RiskPointApi::GetRiskPoint);
//   service.Push<v1::WatchChangesRequest, v1::WatchChangesResponse>("WatchChanges", …);
//   server.Add(&service);
//
// A name that the descriptor does not have, types that are not the method's, a method bound twice
// or not at all: Server::Start refuses to serve and names them. Services are bound before Start, by
// one thread, and outlive the server.
//
// What a handler may rely on: the caller is known and holds the method's permission somewhere (what
// he reaches with it is Call::scope), the request keeps the rules of its proto
// (common/validate), the deadline has not passed. What it returns as an error reaches the caller
// with its details; INTERNAL, UNKNOWN and DATA_LOSS are logged and reach him as an id only.
#ifndef QINGLIAN_COMMON_RPC_SERVICE_H_
#define QINGLIAN_COMMON_RPC_SERVICE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/rpc/caller.h"
#include "common/rpc/codec.h"
#include "common/rpc/push.h"
#include "common/rpc/stream.h"
#include "common/status/macros.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/support/byte_buffer.h"

namespace qinglian::rpc {

class Pipeline;
struct Method;

// Who receives a push stream, for as long as it lasts.
struct Subscriber {
  std::shared_ptr<const Identified> identified;
  // Refers to `identified`.
  access::Scope scope;
};

// Handlers with the types taken off: bytes in, bytes out.
using RawUnary =
    std::function<absl::Status(Call&, grpc::ByteBuffer& request, grpc::ByteBuffer& response)>;
using RawBulk = std::function<absl::Status(Call&, ByteStream&)>;
using RawPush =
    std::function<absl::Status(std::shared_ptr<PushCore>, Subscriber, grpc::ByteBuffer& request)>;

class Service final : public grpc::Service {
 public:
  // `full_name` is the service's name in its proto, such as `qinglian.risk.v1.RiskPointService`;
  // the proto must be linked in. The pipeline outlives the service.
  Service(Pipeline& pipeline, std::string_view full_name);
  ~Service() override;

  // A method that answers at once. Runs on a worker; must not wait on the network, other than its
  // database.
  template <typename Req, typename Resp>
  void Unary(std::string_view method,
             std::function<absl::StatusOr<Resp>(Call&, const Req&)> handler) {
    BindUnary(method, Req::descriptor(), Resp::descriptor(),
              [handler = std::move(handler)](Call& call, grpc::ByteBuffer& in,
                                             grpc::ByteBuffer& out) -> absl::Status {
                Req request;
                RETURN_IF_ERROR(DecodeRequest(in, request));
                absl::StatusOr<Resp> response = handler(call, request);
                if (!response.ok()) return std::move(response).status();
                return Encode(*response, out);
              });
  }
  template <typename Api, typename Req, typename Resp>
  void Unary(std::string_view method, Api* api,
             absl::StatusOr<Resp> (Api::*handler)(Call&, const Req&)) {
    Unary<Req, Resp>(method, [api, handler](Call& call, const Req& request) {
      return (api->*handler)(call, request);
    });
  }

  // Streams that move much and end soon (evidence, exports, snapshots). The handler is synchronous
  // and holds a thread of the bulk lane, which has its own database sessions, until it returns;
  // Write waits for a caller who is slow.
  template <typename Req, typename Resp>
  void ServerStream(std::string_view method,
                    std::function<absl::Status(Call&, const Req&, Writer<Resp>&)> handler) {
    BindBulk(method, Req::descriptor(), Resp::descriptor(), false, true,
             [handler = std::move(handler)](Call& call, ByteStream& stream) -> absl::Status {
               Req request;
               RETURN_IF_ERROR(ReadOnly(stream, request));
               Writer<Resp> writer(stream);
               return handler(call, request, writer);
             });
  }
  template <typename Req, typename Resp>
  void ClientStream(std::string_view method,
                    std::function<absl::StatusOr<Resp>(Call&, Reader<Req>&)> handler) {
    BindBulk(method, Req::descriptor(), Resp::descriptor(), true, false,
             [handler = std::move(handler)](Call& call, ByteStream& stream) -> absl::Status {
               Reader<Req> reader(stream);
               absl::StatusOr<Resp> response = handler(call, reader);
               if (!response.ok()) return std::move(response).status();
               return Writer<Resp>(stream).Write(*response) ? absl::OkStatus() : stream.Gone();
             });
  }
  template <typename Req, typename Resp>
  void BidiStream(std::string_view method,
                  std::function<absl::Status(Call&, Reader<Req>&, Writer<Resp>&)> handler) {
    BindBulk(method, Req::descriptor(), Resp::descriptor(), true, true,
             [handler = std::move(handler)](Call& call, ByteStream& stream) -> absl::Status {
               Reader<Req> reader(stream);
               Writer<Resp> writer(stream);
               return handler(call, reader, writer);
             });
  }

  // A server stream that is long and mostly quiet (watching a feed): it holds no thread. `start`
  // runs once, on a worker, and hands the stream to whoever will offer messages; an error it
  // returns ends the stream.
  template <typename Req, typename Resp>
  void Push(std::string_view method,
            std::function<absl::Status(std::shared_ptr<PushStream<Resp>>, Subscriber, const Req&)>
                start) {
    BindPush(method, Req::descriptor(), Resp::descriptor(),
             [start = std::move(start)](std::shared_ptr<PushCore> core, Subscriber subscriber,
                                        grpc::ByteBuffer& in) -> absl::Status {
               Req request;
               RETURN_IF_ERROR(DecodeRequest(in, request));
               return start(std::make_shared<PushStream<Resp>>(std::move(core)),
                            std::move(subscriber), request);
             });
  }

  // Gives a unary method, bound before, threads that serve no others: what the whole house stands
  // still without does not wait behind anything, nor is it shed for it.
  void Reserve(std::string_view method);

  const std::string& full_name() const { return full_name_; }

  // Whether every method of the descriptor is bound and nothing else is; INVALID_ARGUMENT, reason
  // CONFIG_INVALID, with the faults named otherwise. Called once, by Server::Start; nothing may be
  // bound afterwards.
  absl::Status Seal();

 private:
  friend class Server;
  struct Binding;

  void BindUnary(std::string_view method, const google::protobuf::Descriptor* request,
                 const google::protobuf::Descriptor* response, RawUnary handler);
  void BindBulk(std::string_view method, const google::protobuf::Descriptor* request,
                const google::protobuf::Descriptor* response, bool client_streams,
                bool server_streams, RawBulk handler);
  void BindPush(std::string_view method, const google::protobuf::Descriptor* request,
                const google::protobuf::Descriptor* response, RawPush start);

  // The place of a method that may be bound so, or null with the fault noted.
  Binding* Claim(std::string_view method, const google::protobuf::Descriptor* request,
                 const google::protobuf::Descriptor* response, bool client_streams,
                 bool server_streams);
  // Who may call it, as its proto says.
  static absl::Status Authorize(Binding& binding);
  void AddToServer(Binding& binding);
  std::vector<Method*> methods();

  Pipeline& pipeline_;
  const std::string full_name_;
  const google::protobuf::ServiceDescriptor* descriptor_;
  int methods_added_ = 0;
  std::vector<std::unique_ptr<Binding>> bindings_;
  std::vector<std::string> faults_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_SERVICE_H_
