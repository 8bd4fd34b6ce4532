// Commands that bring much in: import divisions, import organizations.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_COMMANDS_H_

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// import divisions|organizations FILE.csv. Every bad row is reported with line, column and reason,
// and the good ones stand; with `dry_run` nothing is kept. Ends by saying how many rows became
// what, also where it ends early. An error where it does, or where any row was refused.
absl::Status Import(const Context& context, const Arguments& arguments, bool dry_run);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_COMMANDS_H_
