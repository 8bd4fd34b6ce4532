// A gRPC server: its port, its pipeline, health, reflection, and an orderly end.
//
//   auto registry = std::make_shared<metrics::Registry>("risk", version);
//   rpc::Server server(options, *registry);
//   rpc::Service points(server.pipeline(), "qinglian.risk.v1.RiskPointService");
//   points.Unary(…);                // every method of it
//   server.Add(&points);
//   RETURN_IF_ERROR(server.Start());
//   server.SetReady(true);          // migrated, first snapshots taken
//   server.WaitForSignal();
//   server.Drain();
#ifndef QINGLIAN_COMMON_RPC_SERVER_H_
#define QINGLIAN_COMMON_RPC_SERVER_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/rpc/health_port.h"
#include "common/rpc/hop.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/service.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"

namespace qinglian::rpc {

struct ServerOptions {
  // `127.0.0.1:5001`, `[::1]:5001`, `localhost:0`, `unix:/path`. Port 0 takes a free one
  // (Server::port).
  // With a hop every other address of this machine too, `[::]:5001`.
  std::string listen = "127.0.0.1:0";
  // The mark of the hop before this one, without which nobody is heard where `listen` is no unix
  // socket, and the processes that may call. Null: everything is on one machine.
  std::shared_ptr<const Hop> hop = nullptr;
  std::vector<std::string> hop_peers;
  // Where it is also told, to anybody, whether the server is ready (health_port.h); empty: nowhere.
  std::string health_address;
  PipelineOptions pipeline;
  // The largest message taken and sent, in bytes.
  int max_receive_bytes = 4 << 20;
  int max_send_bytes = 16 << 20;
  // Metadata of a call, in bytes. Above what the edge and the gateway let pass, so that gRPC 1.51
  // never comes to its overflow path, which has known faults.
  int max_metadata_bytes = 16 << 10;
  // Calls at a time on one connection; more wait in the client.
  int max_concurrent_streams = 1000;
  // A connection that is silent for `keepalive_time` is probed, and closed without an answer in
  // `keepalive_timeout`. Clients may probe as often as `min_ping_interval`.
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  absl::Duration min_ping_interval = absl::Seconds(10);
  // Connections older than this are closed when their calls have ended, or after the grace, so that
  // clients find new replicas; streams must expect it and resume. Infinite: never.
  absl::Duration max_connection_age = absl::InfiniteDuration();
  absl::Duration max_connection_age_grace = absl::Seconds(30);
  // Whether the server describes its services to tools (buf curl, grpcurl).
  bool reflection = false;
  // How long Drain waits between saying "not ready" and refusing, for balancers to notice; and how
  // long it then lets calls under way go on.
  absl::Duration drain_wait = absl::Seconds(1);
  absl::Duration drain_deadline = absl::Seconds(10);
};

class Server {
 public:
  // The registry outlives the server.
  Server(ServerOptions options, metrics::Registry& registry);
  // Drains, if it runs.
  ~Server();

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Pipeline& pipeline() { return *pipeline_; }

  // Before Start. The service outlives the server.
  void Add(Service* service);

  // Listens, not yet ready. INVALID_ARGUMENT, reason CONFIG_INVALID, where the address is not a
  // loopback one and there is no hop, or it cannot be had, or a service is bound wrongly (every
  // fault is named).
  absl::Status Start();

  // Tells health, not ready, at `health_address` before there is anything to serve: for who waits
  // for its database. Start does it where this was not called.
  absl::Status StartHealth();

  // The port listened on, after Start; 0 for a unix socket.
  int port() const { return port_; }
  // The port of `health_address`, after Start; 0 where there is none.
  int health_port() const { return health_port_ == nullptr ? 0 : health_port_->port(); }

  // What the health service answers, for the server as a whole and for each service. Thread-safe.
  void SetReady(bool ready);

  // Waits for SIGTERM or SIGINT, or RequestStop. A second signal ends the process at once. Signals
  // count from Start on. One server of a process may wait.
  void WaitForSignal();
  // The same for so long at most; whether there was one, which is then dealt with.
  bool WaitForSignal(absl::Duration timeout);
  // Ends WaitForSignal. Thread-safe.
  void RequestStop();

  // Not ready; wait; push streams end and new calls are answered with UNAVAILABLE, reason DRAINING;
  // calls under way are finished; connections end; what is left after the deadline is cancelled;
  // threads end. May be called again.
  void Drain();

 private:
  absl::Status CheckOptions() const;
  std::shared_ptr<grpc::ServerCredentials> Credentials() const;

  const ServerOptions options_;
  std::unique_ptr<Pipeline> pipeline_;
  std::vector<Service*> services_;
  std::unique_ptr<grpc::CallbackGenericService> unknown_method_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::atomic<bool> ready_{false};
  std::unique_ptr<HealthPort> health_port_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_SERVER_H_
