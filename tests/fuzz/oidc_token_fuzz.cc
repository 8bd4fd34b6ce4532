// A token is believed only where the provider signed it, and then only for what it says; whatever
// was signed, what is believed of it is within the rules.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/status/status.h"
#include "services/gateway/oidc/token.h"
#include "tests/unit/gateway/oidc/issuer.h"

namespace oidc = qinglian::gateway::oidc;

namespace {

// Of one day in 2026; the corpus has claims of that day.
const absl::Time kNow = absl::FromUnixSeconds(1'780'000'000);

void Refused(const absl::Status& status) {
  if (!absl::IsUnauthenticated(status)) abort();
  if (qinglian::status::MetadataOf(status, "cause").empty()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const oidc::SigningKey key(oidc::SigningKey::Kind::kP256, "key");
  static const auto keys = oidc::KeySet::Parse(oidc::KeySetOf(key.Jwk()));
  static const oidc::TokenRules rules{.issuer = "https://identity.test", .audience = "qinglian"};
  const std::string input(reinterpret_cast<const char*>(data), size);

  // As a token: nobody signs with a key that this run has made.
  const auto forged = oidc::Verify(input, *keys, rules, kNow);
  Refused(forged.status());

  // As the claims, and as the header, of one that was signed.
  for (const std::string& token : {key.Sign(key.Header(), input), key.Sign(input, "{}")}) {
    const auto claims = oidc::Verify(token, *keys, rules, kNow);
    if (!claims.ok()) {
      Refused(claims.status());
      continue;
    }
    if (claims->subject.empty() || claims->subject.size() > 255) abort();
    if (claims->expiry + rules.leeway <= kNow) abort();
    if (claims->expiry > kNow + rules.leeway + rules.max_lifetime) abort();
    // Nor with another key under the same name, nor with a byte more.
    static const oidc::SigningKey other(oidc::SigningKey::Kind::kP256, "key");
    Refused(oidc::Verify(other.Sign(key.Header(), input), *keys, rules, kNow).status());
    Refused(oidc::Verify(token + "A", *keys, rules, kNow).status());
  }
  return 0;
}
