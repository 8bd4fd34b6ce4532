// The settings of the hop, as flags: the same in every program that has one.
#ifndef QINGLIAN_COMMON_RPC_HOP_FLAGS_H_
#define QINGLIAN_COMMON_RPC_HOP_FLAGS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/hop.h"

namespace qinglian::rpc {

// The mark of `process` that --hop_certificate_file, --hop_key_file and --hop_ca_file say; null
// where they are empty. Errors as Hop::Load.
absl::StatusOr<std::shared_ptr<const Hop>> HopFromFlags(const std::string& process);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_HOP_FLAGS_H_
