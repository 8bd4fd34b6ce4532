#include "services/gateway/oidc/key_set.h"

#include <utility>

#include "common/status/status.h"
#include "common/status/text.h"
#include "services/gateway/oidc/base64.h"
#include "services/gateway/oidc/json.h"

namespace qinglian::gateway::oidc {
namespace {

constexpr size_t kMinRsaBits = 2048;
constexpr size_t kMaxRsaBits = 8192;
constexpr size_t kMaxKeys = 100;

absl::Status Invalid(std::string detail) {
  return status::Error(status::kKeySetInvalid, {{"detail", std::move(detail)}});
}

// Empty where the key is of no use here.
std::string AlgorithmOf(const cjose_jwk_t* jwk) {
  const size_t bits = cjose_jwk_get_keysize(jwk, nullptr);
  switch (cjose_jwk_get_kty(jwk, nullptr)) {
    case CJOSE_JWK_KTY_RSA:
      return bits >= kMinRsaBits && bits <= kMaxRsaBits ? "RS256" : "";
    case CJOSE_JWK_KTY_EC:
      return cjose_jwk_EC_get_curve(jwk, nullptr) == CJOSE_JWK_EC_P_256 ? "ES256" : "";
    default:
      return "";
  }
}

// An RSA signature is as long as the modulus; r and s of P-256 have 32 bytes each (RFC 7518, 3.4).
size_t SignatureBytes(const Key& key) {
  if (key.algorithm == "ES256") return 64;
  return (cjose_jwk_get_keysize(key.jwk.get(), nullptr) + 7) / 8;
}

// Of the members that hold numbers and secrets. What is no base64url ends the process in the
// library (cjose 0.6).
bool IsWellFormed(const json_t* json) {
  for (const char* member : {"n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y", "k"}) {
    const json_t* value = json_object_get(json, member);
    if (value != nullptr && !IsBase64Url(status::View(TextOf(json, member)))) return false;
  }
  return true;
}

// A key without an algorithm where it is of no use here.
Key Import(json_t* json) {
  Key key;
  const std::string_view use = TextOf(json, "use");
  if ((!use.empty() && use != "sig") || !IsWellFormed(json)) return key;
  key.jwk.reset(cjose_jwk_import_json(reinterpret_cast<cjose_header_t*>(json), nullptr));
  if (key.jwk == nullptr) return key;
  key.algorithm = AlgorithmOf(key.jwk.get());
  key.signature_bytes = SignatureBytes(key);
  const std::string_view declared = TextOf(json, "alg");
  if (!declared.empty() && declared != key.algorithm) key.algorithm.clear();
  return key;
}

}  // namespace

absl::StatusOr<KeySet> KeySet::Parse(std::string_view text) {
  const Json json = ParseObject(text);
  const json_t* list = json_object_get(json.get(), "keys");
  if (!json_is_array(list)) return Invalid("not a JWK Set");
  if (json_array_size(list) > kMaxKeys) return Invalid("too many keys");
  KeySet keys;
  for (size_t i = 0; i < json_array_size(list); ++i) {
    json_t* entry = json_array_get(list, i);
    const std::string id(TextOf(entry, "kid"));
    Key key = Import(entry);
    if (id.empty() || key.algorithm.empty()) continue;
    if (!keys.keys_.emplace(id, std::move(key)).second) return Invalid("two keys have one id");
  }
  if (keys.keys_.empty()) return Invalid("no key for RS256 or ES256");
  return keys;
}

const Key* KeySet::Find(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace qinglian::gateway::oidc
