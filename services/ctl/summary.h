// What the system holds, in one table.
#ifndef QINGLIAN_SERVICES_CTL_SUMMARY_H_
#define QINGLIAN_SERVICES_CTL_SUMMARY_H_

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// summary: how many resources of each type there are.
absl::Status Summary(const Context& context, const Arguments& arguments);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_SUMMARY_H_
