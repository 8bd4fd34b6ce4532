#include "common/rpc/server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/rpc/codec.h"
#include "common/rpc/sockets.h"
#include "common/rpc/unix_socket.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "google/protobuf/stubs/logging.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/support/log.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"

namespace qinglian::rpc {
namespace {

// Signals and RequestStop write a byte here; WaitForSignal reads it. A pipe, because that is what a
// signal handler may touch.
int stop_pipe[2] = {-1, -1};

void WriteStop() {
  const char byte = 0;
  // The pipe is full only when it already says what this would.
  [[maybe_unused]] const ssize_t written = write(stop_pipe[1], &byte, 1);
}

void OnSignal(int number) {
  signal(number, SIG_DFL);  // the second one ends the process
  WriteStop();
}

void CatchSignals() {
  static const bool made = [] {
    if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return false;
    signal(SIGPIPE, SIG_IGN);
    return true;
  }();
  if (!made) return;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

// gRPC's own lines, which are about connections and never about what they carry, as lines of our
// log.
void LogOfGrpc(gpr_log_func_args* line) {
  const log::Severity severity =
      line->severity == GPR_LOG_SEVERITY_ERROR ? log::Severity::kWarning : log::Severity::kDebug;
  log::Write(severity, "grpc",
             {{{"file", line->file}, {"line", line->line}, {"text", line->message}}});
}

// Protobuf's own lines, which say what is wrong with a message and nothing that it holds. Whoever
// sent it is told; he must not fill the log with it.
void LogOfProtobuf(google::protobuf::LogLevel level, const char* file, int line,
                   const std::string& text) {
  const bool fatal = level == google::protobuf::LOGLEVEL_FATAL;
  log::Write(fatal ? log::Severity::kError : log::Severity::kDebug, "protobuf",
             {{{"file", file}, {"line", line}, {"text", text}}});
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(duration), INT_MAX));
}

// Answers methods that nobody has, with a reason, as every other error has one.
class UnknownMethod final : public grpc::CallbackGenericService {
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Reactor(const std::string& method) {
      Finish(ToGrpc(status::Error(status::kMethodUnknown, {{"method", method}})));
    }
    void OnDone() override { delete this; }
  };
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Reactor(context->method());
  }
};

void Configure(const ServerOptions& options, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.max_receive_bytes);
  builder.SetMaxSendMessageSize(options.max_send_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, options.max_metadata_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             Milliseconds(options.keepalive_timeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.min_ping_interval));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  // Two servers on one port would share its connections and each have half of the callers, without
  // a word.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  if (options.max_connection_age != absl::InfiniteDuration()) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               Milliseconds(options.max_connection_age));
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                               Milliseconds(options.max_connection_age_grace));
  }
}

}  // namespace

Server::Server(ServerOptions options, metrics::Registry& registry)
    : options_(std::move(options)),
      pipeline_(std::make_unique<Pipeline>(options_.pipeline, registry)) {
  CatchSignals();
  gpr_set_log_function(LogOfGrpc);
  google::protobuf::SetLogHandler(LogOfProtobuf);
}

Server::~Server() { Drain(); }

void Server::Add(Service* service) { services_.push_back(service); }

absl::Status Server::CheckOptions() const {
  if (options_.pipeline.identity_keys == nullptr) {
    return status::Error(status::kConfigInvalid, {{"detail", "there are no identity keys"}});
  }
  if (options_.hop != nullptr && options_.hop_peers.empty()) {
    return status::Error(status::kConfigInvalid, {{"detail", "hop_peers: nobody may call"}});
  }
  RETURN_IF_ERROR(CheckListen("listen", options_.listen, options_.hop.get()));
  return CheckUnixSocket(options_.listen);
}

std::shared_ptr<grpc::ServerCredentials> Server::Credentials() const {
  if (options_.hop == nullptr || IsUnixSocket(options_.listen)) {
    return grpc::InsecureServerCredentials();
  }
  return options_.hop->ForServer(options_.hop_peers);
}

absl::Status Server::Start() {
  RETURN_IF_ERROR(CheckOptions());
  std::vector<Method*> methods;
  for (Service* service : services_) {
    RETURN_IF_ERROR(service->Seal());
    const std::vector<Method*> of_service = service->methods();
    methods.insert(methods.end(), of_service.begin(), of_service.end());
  }
  pipeline_->Declare(methods);
  // Naming the message links health.proto in, so that reflection can describe the service it lists.
  grpc::health::v1::HealthCheckRequest::descriptor();
  grpc::EnableDefaultHealthCheckService(true);
  if (options_.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  Configure(options_, builder);
  int port = 0;
  builder.AddListeningPort(options_.listen, Credentials(), &port);
  for (Service* service : services_) builder.RegisterService(service);
  unknown_method_ = std::make_unique<UnknownMethod>();
  builder.RegisterCallbackGenericService(unknown_method_.get());
  {
    const PrivateSockets sockets;
    server_ = builder.BuildAndStart();
  }
  if (server_ == nullptr) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", absl::StrCat("cannot listen on ", options_.listen,
                                                  ": is another program there?")}});
  }
  // gRPC begins with the server as a whole serving; nobody is told of this address before Start has
  // returned.
  SetReady(false);
  port_ = port > 1 || !options_.listen.starts_with("unix") ? port : 0;
  return StartHealth();
}

absl::Status Server::StartHealth() {
  if (health_port_ != nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(health_port_,
                   HealthPort::Start(options_.health_address, [this] { return ready_.load(); }));
  return absl::OkStatus();
}

void Server::SetReady(bool ready) {
  if (server_ == nullptr) return;
  ready_ = ready;
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  health->SetServingStatus("", ready);
  for (const Service* service : services_) health->SetServingStatus(service->full_name(), ready);
}

void Server::WaitForSignal() {
  while (!WaitForSignal(absl::Hours(1))) {
  }
}

bool Server::WaitForSignal(absl::Duration timeout) {
  pollfd wait = {stop_pipe[0], POLLIN, 0};
  if (poll(&wait, 1, Milliseconds(timeout)) <= 0) return false;
  char byte;
  [[maybe_unused]] const ssize_t taken = read(stop_pipe[0], &byte, 1);
  return true;
}

void Server::RequestStop() { WriteStop(); }

void Server::Drain() {
  if (server_ != nullptr) {
    SetReady(false);
    absl::SleepFor(options_.drain_wait);
    const absl::Time deadline = absl::Now() + options_.drain_deadline;
    pipeline_->Drain(deadline);
    CloseSockets(options_.listen, port_);
    server_->Shutdown(absl::ToChronoTime(deadline));
    server_.reset();
  }
  pipeline_->Stop();
}

}  // namespace qinglian::rpc
