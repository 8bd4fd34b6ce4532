// Tokens of an OpenID Connect provider (JWT, RFC 7519), checked as RFC 8725 says.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_TOKEN_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_TOKEN_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/oidc/key_set.h"

namespace qinglian::gateway::oidc {

// What a token must be to be believed.
struct TokenRules {
  std::string issuer;
  // One of the token's audiences.
  std::string audience;
  // The claim that says whom the token speaks of.
  std::string subject_claim = "sub";
  // How far the provider's clock and ours may differ; 60 s at most.
  absl::Duration leeway = absl::Seconds(30);
  // The longest life from `iat` to `exp`.
  absl::Duration max_lifetime = absl::Hours(1);
  size_t max_bytes = 4096;
};

// What it says.
struct Claims {
  // The person, as the provider knows him.
  std::string subject;
  // `cnf`.`x5t#S256` (RFC 8705): the certificate that the token is bound to; empty for none.
  std::string certificate_thumbprint;
  absl::Time expiry;
};

// UNAUTHENTICATED, reason TOKEN_REFUSED, with one word of why in the metadata (`cause`: too_large,
// malformed, algorithm, key, signature, issuer, audience, expired, not_yet_valid, lifetime,
// subject) for every token that is not exactly right: of the spellings of one signature only the
// shortest is accepted, so that a token has no twins. Nothing of the token is repeated.
// Thread-safe.
absl::StatusOr<Claims> Verify(std::string_view token, const KeySet& keys, const TokenRules& rules,
                              absl::Time now);

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_TOKEN_H_
