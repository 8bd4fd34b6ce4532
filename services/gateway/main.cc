// The gateway: the one door to the services.
#include <sys/prctl.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "common/config/config.h"
#include "services/gateway/program.h"

int main(int argc, char** argv) {
  qinglian::config::LoadOrExit(&argc, &argv,
                               "gateway: the one door to the services. Usage: gateway serve");
  if (argc > 2 || (argc == 2 && std::string_view(argv[1]) != "serve")) {
    fprintf(stderr, "gateway: the only command is \"serve\"\n");
    return 2;
  }
  // What passes through may be sealed where it arrives: no core file holds it.
  prctl(PR_SET_DUMPABLE, 0);
  const absl::Status status = qinglian::gateway::RunProgram();
  if (status.ok()) return 0;
  fprintf(stderr, "gateway: %s\n", std::string(status.message()).c_str());
  return 1;
}
