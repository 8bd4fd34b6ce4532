// A server with a method of each kind, on a port of its own.
#ifndef QINGLIAN_TESTS_FLOW_RPC_ECHO_SERVER_H_
#define QINGLIAN_TESTS_FLOW_RPC_ECHO_SERVER_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/metrics/metrics.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/service.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "qinglian/example/v1/echo.pb.h"
#include "tests/support/identity.h"

namespace qinglian::rpc {

using example::v1::EchoRequest;
using example::v1::EchoResponse;

inline constexpr char kPerson[] = "persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11";
inline constexpr char kPackage[] = "/qinglian.example.v1.EchoService/";

// A gate that threads wait at until it is opened.
class Gate {
 public:
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

inline EchoRequest Request(const std::string& text, int count = 0) {
  EchoRequest request;
  request.set_text(text);
  request.set_count(count);
  return request;
}

inline CallOptions Options() {
  CallOptions options = test::CallAs(kPerson);
  options.client = "rpc_test";
  return options;
}

class EchoServer {
 public:
  using Stream = std::shared_ptr<PushStream<EchoResponse>>;

  // `reserved`: a method that gets threads of its own; empty for none.
  explicit EchoServer(ServerOptions options = Defaults(), const std::string& reserved = "")
      : server_(std::move(options), registry_) {
    service_ = std::make_unique<Service>(server_.pipeline(), "qinglian.example.v1.EchoService");
    service_->Unary("Echo", this, &EchoServer::Echo);
    service_->Unary("Fail", this, &EchoServer::Fail);
    service_->ServerStream<EchoRequest, EchoResponse>(
        "Count", [this](Call& call, const EchoRequest& request, Writer<EchoResponse>& writer) {
          return Count(call, request, writer);
        });
    service_->ClientStream<EchoRequest, EchoResponse>(
        "Collect", [this](Call& call, Reader<EchoRequest>& reader) { return Collect(reader); });
    service_->BidiStream<EchoRequest, EchoResponse>(
        "Converse", [](Call& call, Reader<EchoRequest>& reader, Writer<EchoResponse>& writer) {
          return Converse(reader, writer);
        });
    service_->Push<EchoRequest, EchoResponse>(
        "Watch", [this](Stream stream, const Subscriber&, const EchoRequest& request) {
          return Watch(std::move(stream), request);
        });
    if (!reserved.empty()) service_->Reserve(reserved);
    server_.Add(service_.get());
  }

  // What the server calls ends after it.
  ~EchoServer() { server_.Drain(); }

  static ServerOptions Defaults() {
    ServerOptions options;
    options.drain_wait = absl::ZeroDuration();
    options.pipeline.identity_keys = test::IdentityKeys();
    return options;
  }

  void Start() {
    const absl::Status started = server_.Start();
    ASSERT_TRUE(started.ok()) << started;
    server_.SetReady(true);
    channel_ = NewChannel();
    ASSERT_TRUE(
        channel_->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(30)));
  }

  // A channel that shares no connection with others.
  std::shared_ptr<grpc::Channel> NewChannel(ChannelOptions options = {}) {
    options.own_connections = true;
    return Connect("127.0.0.1:" + std::to_string(server_.port()), options);
  }

  absl::StatusOr<EchoResponse> Send(const std::string& method, const EchoRequest& request,
                                    const CallOptions& options = Options()) {
    return Invoke<EchoRequest, EchoResponse>(*channel_, kPackage + method, request, options);
  }

  // A counter or gauge, as it would be scraped.
  double Metric(const std::string& line_start) {
    const std::string text = registry_.Render();
    const size_t at = text.find("\n" + line_start + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + line_start.size() + 2));
  }

  metrics::Registry registry_{"echo", "0"};
  Server server_;
  std::unique_ptr<Service> service_;
  std::shared_ptr<grpc::Channel> channel_;

  // What the handlers do beside echoing.
  std::function<absl::Status(Call&, const EchoRequest&)> on_echo;
  std::function<absl::Status(Call&)> on_count;
  std::atomic<int> echoes = 0;
  std::atomic<int> collected = 0;
  absl::Status collect_status;
  Gate collect_ended;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Stream> watchers;

 private:
  absl::StatusOr<EchoResponse> Echo(Call& call, const EchoRequest& request) {
    ++echoes;
    if (on_echo) RETURN_IF_ERROR(on_echo(call, request));
    EchoResponse response;
    response.set_text(request.text());
    response.set_caller(call.caller().actor);
    response.set_client(call.caller().client);
    response.set_trace_id(call.trace_id());
    response.set_count(absl::ToInt64Milliseconds(call.deadline() - absl::Now()));
    return response;
  }

  absl::StatusOr<EchoResponse> Fail(Call& call, const EchoRequest& request) {
    if (request.text() == "internal") return absl::InternalError("the secret of the house");
    if (request.text() == "unknown") return absl::UnknownError("the secret of the house");
    return status::NotFound("example.qinglian/Thing", request.text());
  }

  absl::Status Count(Call& call, const EchoRequest& request, Writer<EchoResponse>& writer) {
    if (on_count) RETURN_IF_ERROR(on_count(call));
    EchoResponse response;
    response.set_load(request.load());
    for (int i = 0; i < request.count(); ++i) {
      response.set_count(i);
      if (!writer.Write(response)) return absl::OkStatus();
      ++collected;
    }
    return request.text() == "fail" ? status::Error(status::kConflict) : absl::OkStatus();
  }

  absl::StatusOr<EchoResponse> Collect(Reader<EchoRequest>& reader) {
    EchoResponse response;
    EchoRequest request;
    for (;;) {
      const absl::StatusOr<bool> more = reader.Read(&request);
      if (!more.ok()) {
        collect_status = more.status();
        collect_ended.Open();
        return more.status();
      }
      if (!*more) break;
      ++collected;
      response.set_count(response.count() + static_cast<int64_t>(request.load().size()));
    }
    return response;
  }

  static absl::Status Converse(Reader<EchoRequest>& reader, Writer<EchoResponse>& writer) {
    EchoRequest request;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, reader.Read(&request));
      if (!more) return absl::OkStatus();
      EchoResponse response;
      response.set_text(request.text());
      writer.Write(response);
    }
  }

  absl::Status Watch(Stream stream, const EchoRequest& request) {
    if (request.text() == "refuse") return status::Error(status::kResumeTokenInvalid);
    std::lock_guard lock(mutex);
    watchers.push_back(std::move(stream));
    changed.notify_all();
    return absl::OkStatus();
  }
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_TESTS_FLOW_RPC_ECHO_SERVER_H_
