// A key set is read or refused; one that is read has keys, and none of them believes a token that
// it did not sign.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/status/status.h"
#include "services/gateway/oidc/key_set.h"
#include "services/gateway/oidc/token.h"
#include "tests/unit/gateway/oidc/issuer.h"

namespace oidc = qinglian::gateway::oidc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto keys = oidc::KeySet::Parse(input);
  if (!keys.ok()) {
    if (qinglian::status::ReasonOf(keys.status()) != "KEY_SET_INVALID") abort();
    return 0;
  }
  if (keys->size() == 0 || keys->size() > 100 || keys->Find("") != nullptr) abort();
  const oidc::Key* key = keys->Find("key");
  if (key == nullptr) return 0;
  if (key->algorithm != "RS256" && key->algorithm != "ES256") abort();
  if (key->jwk == nullptr || key->signature_bytes < 64 || key->signature_bytes > 1'024) abort();
  static const oidc::SigningKey signer(oidc::SigningKey::Kind::kP256, "key");
  static const std::string token = signer.Sign(signer.Header(), "{}");
  if (!absl::IsUnauthenticated(oidc::Verify(token, *keys, {}, absl::UnixEpoch()).status())) abort();
  return 0;
}
