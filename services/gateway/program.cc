#include "services/gateway/program.h"

#include <grpc/support/log.h>
#include <pthread.h>
#include <signal.h>

#include <memory>
#include <string>

#include "absl/synchronization/mutex.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/metrics/exposer.h"
#include "common/metrics/metrics.h"
#include "common/rpc/hop_metrics.h"
#include "common/status/macros.h"
#include "common/trace/flags.h"
#include "google/protobuf/stubs/logging.h"
#include "services/gateway/flags.h"
#include "services/gateway/server.h"

namespace qinglian::gateway {
namespace {

// It serves no metric of it itself, and takes up a new one only when it is started anew.
constexpr metrics::GaugeDefinition kEdgeExpiry{
    "gateway_edge_certificate_expiry_timestamp_seconds",
    "When the certificate runs out that an edge showed last; +Inf where none showed one."};

// gRPC's own words, as lines like all others.
void LogGrpc(gpr_log_func_args* arguments) {
  log::Warning("grpc", {{"message", arguments->message}});
}

// Protobuf's, which say what is wrong with a message and nothing that it holds. Whoever sent it is
// told; he must not fill the log with it.
void LogProtobuf(google::protobuf::LogLevel, const char*, int, const std::string& text) {
  log::Debug("protobuf", {{"message", text}});
}

}  // namespace

absl::Status RunProgram() {
  ASSIGN_OR_RETURN(const trace::ExporterOptions tracing,
                   trace::ExporterOptionsFromFlags("gateway", std::string(config::Version())));
  ASSIGN_OR_RETURN(const Options options, OptionsFromFlags());
  RETURN_IF_ERROR(log::Configure({.service = "gateway"}));
  gpr_set_log_function(LogGrpc);
  google::protobuf::SetLogHandler(LogProtobuf);
  // Debian builds Abseil so that every mutex, those of gRPC too, looks for deadlocks; that costs
  // more than forwarding a call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Blocked before any thread starts, so that only this one is told.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto registry = std::make_shared<metrics::Registry>("gateway", config::Version());
  const trace::Exporter traces(tracing, *registry);
  const rpc::HopMetrics hop_metrics(*registry, options.hop);
  const rpc::HopPeerMetrics edge_metrics(*registry, options.hop, kEdge, kEdgeExpiry);
  ASSIGN_OR_RETURN(const std::unique_ptr<metrics::Exposer> exposer,
                   metrics::Exposer::Start(MetricsAddressFromFlags(), registry,
                                           MetricsBeyondLoopbackFromFlags()));
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                   Server::Start(options, LinkedContract(), *registry));
  log::Info("serving", {{"port", server->port()}, {"metrics_port", exposer->port()}});
  int signal = 0;
  sigwait(&signals, &signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  server->Drain();
  return absl::OkStatus();
}

}  // namespace qinglian::gateway
