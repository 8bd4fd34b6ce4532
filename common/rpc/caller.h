// Who calls, as it stands in a call's metadata.
#ifndef QINGLIAN_COMMON_RPC_CALLER_H_
#define QINGLIAN_COMMON_RPC_CALLER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/access/identity_keys.h"
#include "common/access/principal.h"
#include "common/rpc/call.h"

namespace qinglian::rpc {

// Who calls, as his identity token says. Immutable.
struct Identified {
  Caller caller;
  access::Principal principal;
};

// Opens an identity token (common/access/identity_token.h); each thread remembers those it has
// opened lately, because a gateway sends the same one for some seconds. UNAUTHENTICATED, reason
// CALLER_MISSING. Thread-safe.
absl::StatusOr<std::shared_ptr<const Identified>> Identify(const access::IdentityKeys& keys,
                                                           std::string_view token);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_CALLER_H_
