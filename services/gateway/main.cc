// The gateway: the one door to the services.
#include <pthread.h>
#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/config/config.h"
#include "common/log/log.h"
#include "common/metrics/exposer.h"
#include "common/metrics/metrics.h"
#include "common/status/macros.h"
#include "services/gateway/flags.h"
#include "services/gateway/server.h"

namespace qinglian::gateway {
namespace {

absl::Status Run() {
  ASSIGN_OR_RETURN(const Options options, OptionsFromFlags());
  RETURN_IF_ERROR(log::Configure({.service = "gateway"}));
  // Blocked before any thread starts, so that only this one is told.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto registry = std::make_shared<metrics::Registry>("gateway", config::Version());
  ASSIGN_OR_RETURN(const std::unique_ptr<metrics::Exposer> exposer,
                   metrics::Exposer::Start(MetricsAddressFromFlags(), registry));
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                   Server::Start(options, LinkedContract(), *registry));
  log::Info("serving", {{"port", server->port()}, {"metrics_port", exposer->port()}});
  int signal = 0;
  sigwait(&signals, &signal);
  // A second signal ends the process at once.
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  server->Drain();
  return absl::OkStatus();
}

}  // namespace
}  // namespace qinglian::gateway

int main(int argc, char** argv) {
  qinglian::config::LoadOrExit(&argc, &argv,
                               "gateway: the one door to the services. Usage: gateway serve");
  if (argc > 2 || (argc == 2 && std::string_view(argv[1]) != "serve")) {
    fprintf(stderr, "gateway: the only command is \"serve\"\n");
    return 2;
  }
  const absl::Status status = qinglian::gateway::Run();
  if (status.ok()) return 0;
  fprintf(stderr, "gateway: %s\n", std::string(status.message()).c_str());
  return 1;
}
