// Which addresses cannot be reached from other machines.
#ifndef QINGLIAN_COMMON_CONFIG_LOOPBACK_H_
#define QINGLIAN_COMMON_CONFIG_LOOPBACK_H_

#include <string_view>

#include "absl/status/status.h"

namespace qinglian::config {

// OK where `address`, the value of `setting`, can be reached from this machine only: host:port of
// 127.0.0.0/8, [::1] or localhost, or a unix socket (unix:PATH, unix-abstract:NAME).
// INVALID_ARGUMENT, reason CONFIG_INVALID, saying why, for every other: only the edge meets other
// machines. `unless`: the setting that would allow others; empty where none does.
absl::Status CheckLoopback(std::string_view setting, std::string_view address,
                           std::string_view unless = "");

}  // namespace qinglian::config

#endif  // QINGLIAN_COMMON_CONFIG_LOOPBACK_H_
