// Commands on logs: logs explain.
#ifndef QINGLIAN_SERVICES_CTL_LOG_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_LOG_COMMANDS_H_

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// logs explain ID PLACE…: what the logs say of an INTERNAL answer or of a trace. A place is a file,
// a folder, whose `*.log` are read, or `-` for the input. NOT_FOUND where none of them knows the
// id.
absl::Status Logs(const Context& context, const Arguments& arguments);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_LOG_COMMANDS_H_
