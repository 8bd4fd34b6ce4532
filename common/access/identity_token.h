// The identity token: how a gateway tells the services who calls. A qinglian.access.v1.Identity,
// authenticated with HMAC-SHA-256 by a key that only gateways and services hold.
#ifndef QINGLIAN_COMMON_ACCESS_IDENTITY_TOKEN_H_
#define QINGLIAN_COMMON_ACCESS_IDENTITY_TOKEN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "qinglian/access/v1/identity.pb.h"

namespace qinglian::access {

// The metadata key that carries it; binary.
inline constexpr char kIdentityKey[] = "qinglian-identity-bin";

// How long a token holds: as long as a call may wait, and not much longer.
inline constexpr absl::Duration kIdentityLifetime = absl::Seconds(15);

// How far the clocks of gateway and service may differ.
inline constexpr absl::Duration kClockLeeway = absl::Seconds(2);

// Makes and opens identity tokens. Immutable, and so thread-safe.
class IdentityTokens {
 public:
  // `keys`: 32 bytes each; the first makes tokens, all open them, so that keys rotate under load: a
  // new key is first given to all as the second, then as the first, then the old one is dropped.
  explicit IdentityTokens(std::vector<std::string> keys);

  // `lifetime` from `now` on.
  std::string Make(v1::Identity identity, absl::Time now, absl::Duration lifetime) const;

  // UNAUTHENTICATED, reason CALLER_MISSING, for a token that no key made, that has expired, that
  // was made in the future, or that names no actor.
  absl::StatusOr<v1::Identity> Open(std::string_view token, absl::Time now) const;

 private:
  std::vector<std::string> keys_;
};

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_IDENTITY_TOKEN_H_
