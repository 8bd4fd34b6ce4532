// The public keys of an OpenID Connect provider: a JWK Set (RFC 7517).
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SET_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SET_H_

#include <cjose/jwk.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace qinglian::gateway::oidc {

// A key that signatures are checked with. Which algorithm it is for follows from the key and never
// from a token, so that no token can choose.
struct Key {
  struct Release {
    void operator()(cjose_jwk_t* jwk) const { cjose_jwk_release(jwk); }
  };
  // "RS256" for an RSA key of 2,048 to 8,192 bits, "ES256" for one on P-256.
  std::string algorithm;
  // The only length that its signatures have.
  size_t signature_bytes = 0;
  std::unique_ptr<cjose_jwk_t, Release> jwk;
};

// Immutable, and so thread-safe.
class KeySet {
 public:
  // Keys for encryption, of other types or sizes, malformed, without an id or with an `alg` that is
  // not theirs are left out. INVALID_ARGUMENT, reason KEY_SET_INVALID, where it is no key set, two
  // usable keys have one id, or no key is usable.
  static absl::StatusOr<KeySet> Parse(std::string_view json);

  // Null where there is none of this id.
  const Key* Find(std::string_view id) const;
  size_t size() const { return keys_.size(); }

 private:
  std::map<std::string, Key, std::less<>> keys_;
};

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_KEY_SET_H_
