// Files that commands write: keys, certificates, tokens.
#ifndef QINGLIAN_SERVICES_CTL_WRITTEN_FILE_H_
#define QINGLIAN_SERVICES_CTL_WRITTEN_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"

namespace qinglian::ctl {

// Writes a file that is not there yet, with its mode before anything is in it. What is there stays
// (INVALID_ARGUMENT): a key that is overwritten is lost.
absl::Status WriteNew(const std::string& path, const std::string& text, mode_t mode);

// Puts a file in the place of another, whole or not at all.
absl::Status Replace(const std::string& path, const std::string& text, mode_t mode);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_WRITTEN_FILE_H_
