#include "services/gateway/server.h"

#include <grpc/compression.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <grpcpp/support/channel_arguments.h>

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/log/log.h"
#include "common/rpc/sockets.h"
#include "common/rpc/unix_socket.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::gateway {
namespace {

// How long calls that were ended have to leave before gRPC cancels them.
constexpr absl::Duration kCutGrace = absl::Seconds(1);
// How long the edge has to read the last answers: what it has not read when it finds the connection
// ended, because it wants to send more, is lost, and its caller sees CANCELLED. On a machine that
// is short of processors a fifth of a second was too little.
constexpr absl::Duration kLinger = absl::Seconds(1);
// How long a gateway that starts waits for the organization service before it listens all the same,
// and says that it does not know who calls.
constexpr absl::Duration kLeaseWait = absl::Seconds(2);

std::vector<std::string> Names(const Options& options) {
  std::vector<std::string> names;
  for (const UpstreamOption& upstream : options.upstreams) names.push_back(upstream.name);
  return names;
}

std::string OrganizationTarget(const Options& options) {
  for (const UpstreamOption& upstream : options.upstreams) {
    if (upstream.name == kOrganization) return upstream.target;
  }
  return "";
}

grpc::ChannelArguments ServerArguments(const Options& options, const grpc::ResourceQuota& quota) {
  grpc::ChannelArguments arguments;
  // The minimal stack has no deadline filter either: the call to the service carries the deadline,
  // and what is not with a service is looked after by the worker's tick.
  arguments.SetInt(GRPC_ARG_MINIMAL_STACK, 1);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE,
                   static_cast<int>(kMetadataRoom * options.max_metadata_bytes));
  arguments.SetInt(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  // Two gateways on one port would each get a share of the calls; a taken port is to be noticed.
  arguments.SetInt(GRPC_ARG_ALLOW_REUSEPORT, 0);
  arguments.SetInt(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  arguments.SetResourceQuota(quota);
  return arguments;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const Options& options, absl::Span<const google::protobuf::ServiceDescriptor* const> contract,
    metrics::Registry& registry) {
  RETURN_IF_ERROR(CheckOptions(options));
  RETURN_IF_ERROR(rpc::CheckUnixSocket(options.listen));
  std::unique_ptr<Server> server(new Server(options, contract, registry));
  RETURN_IF_ERROR(server->Identify(registry));
  if (IsBehindEdge(options)) server->AwaitLease();
  RETURN_IF_ERROR(server->Listen());
  return server;
}

Server::Server(const Options& options,
               absl::Span<const google::protobuf::ServiceDescriptor* const> contract,
               metrics::Registry& registry)
    : options_(options),
      quota_("gateway"),
      router_(Names(options), contract),
      health_(router_, options.upstreams.size()),
      metrics_(registry, Names(options)) {
  grpc_init();
  // gRPC 1.51 puts a message together before anybody can look at its size: this is what bounds it.
  quota_.Resize(static_cast<size_t>(options.max_buffer_bytes));
}

absl::Status Server::Identify(metrics::Registry& registry) {
  if (!options_.tokens.issuer.empty() || !options_.token_keys.url.empty()) {
    ASSIGN_OR_RETURN(verifier_, oidc::Verifier::Start(options_.tokens, options_.token_keys));
    verifier_->Report(registry);
  }
  lease_ = std::make_unique<CallerLease>(LeaseOptions{.target = OrganizationTarget(options_),
                                                      .hop = options_.hop,
                                                      .identity_keys = options_.identity_keys});
  health_.SetIdentifies([lease = lease_.get()] { return lease->Held(NowNanos()) != 0; });
  shared_.reset(new Shared{options_,
                           quota_,
                           router_,
                           health_,
                           metrics_,
                           {.identity_keys = options_.identity_keys,
                            .lease = lease_.get(),
                            .accounts = &accounts_,
                            .client_quota = options_.client_quota,
                            .person_quota = options_.person_quota},
                           verifier_.get()});
  return absl::OkStatus();
}

// The edge sends calls to whoever listens, and most to who answers quickest: nobody is let in
// before it is known who callers are, for another gateway may know.
void Server::AwaitLease() const {
  const int64_t end = NowNanos() + absl::ToInt64Nanoseconds(kLeaseWait);
  while (lease_->Held(NowNanos()) == 0 && NowNanos() < end) absl::SleepFor(absl::Milliseconds(5));
}

absl::Status Server::Listen() {
  const grpc::ChannelArguments owner = ServerArguments(options_, quota_);
  const grpc_channel_args arguments = owner.c_channel_args();
  server_ = grpc_server_create(&arguments, nullptr);
  control_ = grpc_completion_queue_create_for_next(nullptr);
  for (int i = 0; i < options_.threads; ++i) {
    grpc_completion_queue* queue = grpc_completion_queue_create_for_next(nullptr);
    grpc_server_register_completion_queue(server_, queue, nullptr);
    workers_.push_back(std::make_unique<Worker>(*shared_, queue));
  }
  Bind();
  if (port_ == 0) {
    return status::Error(status::kIoFailed, {{"detail", "cannot listen on " + options_.listen +
                                                            "; is another program there?"}});
  }
  grpc_server_start(server_);
  for (const std::unique_ptr<Worker>& worker : workers_) {
    threads_.emplace_back([this, &worker = *worker] { worker.Serve(server_); });
  }
  prober_ = std::make_unique<Prober>(options_, quota_, health_, metrics_);
  ASSIGN_OR_RETURN(health_port_, rpc::HealthPort::Start(options_.health_address, [this] {
                     return health_.Get("") == grpc::health::v1::HealthCheckResponse::SERVING;
                   }));
  return absl::OkStatus();
}

void Server::Bind() {
  const bool marked = options_.hop != nullptr && !rpc::IsUnixSocket(options_.listen);
  grpc_server_credentials* credentials =
      marked ? options_.hop->RawForServer({kEdge}) : grpc_insecure_server_credentials_create();
  {
    const rpc::PrivateSockets sockets;
    port_ = grpc_server_add_http2_port(server_, options_.listen.c_str(), credentials);
  }
  grpc_server_credentials_release(credentials);
}

Server::~Server() {
  if (server_ != nullptr) Stop(absl::ZeroDuration());
  grpc_shutdown();
}

void Server::Drain() {
  log::Info("draining", {{"delay_seconds", options_.drain_delay}});
  health_.Drain();
  // The edge asks for no health: it sends its calls to another gateway when this one takes no
  // connection.
  rpc::StopListening(options_.listen, port_);
  absl::SleepFor(options_.drain_delay);
  Stop(options_.drain_timeout);
  log::Info("drained");
}

bool Server::AwaitCalls(absl::Duration timeout) const {
  const int64_t end = NowNanos() + absl::ToInt64Nanoseconds(timeout);
  while (shared_->open_calls > 0) {
    if (NowNanos() > end) return false;
    absl::SleepFor(absl::Milliseconds(2));
  }
  return true;
}

void Server::Stop(absl::Duration timeout) {
  health_.Drain();
  prober_.reset();
  shared_->phase = Phase::kStopping;
  if (!AwaitCalls(timeout)) {
    log::Warning("open calls are ended", {{"count", shared_->open_calls.load()}});
    shared_->phase = Phase::kCutting;
    AwaitCalls(kCutGrace);
  }
  if (timeout > absl::ZeroDuration()) absl::SleepFor(kLinger);
  // gRPC answers with CANCELLED whatever reaches it after its shutdown began, and nobody tries that
  // again; what reaches a closed connection is UNAVAILABLE to whoever called.
  rpc::CloseSockets(options_.listen, port_);
  grpc_server_shutdown_and_notify(server_, control_, this);
  grpc_server_cancel_all_calls(server_);
  grpc_completion_queue_next(control_, gpr_inf_future(GPR_CLOCK_MONOTONIC), nullptr);
  for (std::thread& thread : threads_) thread.join();
  grpc_server_destroy(server_);
  server_ = nullptr;
  grpc_completion_queue_shutdown(control_);
  grpc_completion_queue_next(control_, gpr_inf_future(GPR_CLOCK_MONOTONIC), nullptr);
  grpc_completion_queue_destroy(control_);
  workers_.clear();
  // It asks the lease.
  health_port_.reset();
  lease_.reset();
}

}  // namespace qinglian::gateway
