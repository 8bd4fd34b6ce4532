// The gateway as a process: from its flags to its end.
#ifndef QINGLIAN_SERVICES_GATEWAY_PROGRAM_H_
#define QINGLIAN_SERVICES_GATEWAY_PROGRAM_H_

#include "absl/status/status.h"

namespace qinglian::gateway {

// Serves as the flags say until SIGTERM or SIGINT, then drains; a second signal ends the process at
// once. An error where it cannot start. Once, from main, before any other thread is started.
absl::Status RunProgram();

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_PROGRAM_H_
