// Files with secrets.
#ifndef QINGLIAN_COMMON_CONFIG_SECRET_FILE_H_
#define QINGLIAN_COMMON_CONFIG_SECRET_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace qinglian::config {

// The text of a file. INVALID_ARGUMENT, reason CONFIG_INVALID, where it cannot be read or where
// everybody may read it; the text of the error says the path and nothing of what is in it.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace qinglian::config

#endif  // QINGLIAN_COMMON_CONFIG_SECRET_FILE_H_
