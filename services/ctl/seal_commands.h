// Commands on the keys of sealed values: seal make-key, status, rotate.
#ifndef QINGLIAN_SERVICES_CTL_SEAL_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_SEAL_COMMANDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

// Makes a key file of sealed values, or adds one version to it; answers which.
absl::StatusOr<int64_t> MakeSealingKey(const std::string& file);

// seal make-key FILE: a key file, or one version more in the one that is there.
// seal status: how many values are under which version.
// seal rotate: brings all values under the newest version, while the service serves.
absl::Status Seal(const Context& context, const Arguments& arguments);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_SEAL_COMMANDS_H_
