#include "services/gateway/oidc/token.h"

#include <cjose/jws.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"
#include "services/gateway/oidc/base64.h"
#include "services/gateway/oidc/json.h"

namespace qinglian::gateway::oidc {
namespace {

// Of what a provider may call a person.
constexpr size_t kMaxSubject = 255;

struct JwsRelease {
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Jws = std::unique_ptr<cjose_jws_t, JwsRelease>;

absl::Status Refused(std::string cause) {
  return status::Error(status::kTokenRefused, {{"cause", std::move(cause)}});
}

struct Parts {
  absl::string_view header;
  absl::string_view signature;
};

absl::StatusOr<Parts> Split(std::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(status::View(token), '.');
  if (parts.size() != 3 || !std::all_of(parts.begin(), parts.end(), IsBase64Url))
    return Refused("malformed");
  return Parts{parts[0], parts[2]};
}

// Read strictly before the library reads it: no member may stand twice, once for us and once for
// the library.
absl::StatusOr<Json> HeaderOf(absl::string_view encoded) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(encoded, &text)) return Refused("malformed");
  Json header = ParseObject(text);
  // What a token declares critical (RFC 7515, 4.1.11) must be understood, and nothing is here.
  if (header == nullptr || json_object_get(header.get(), "crit") != nullptr)
    return Refused("malformed");
  return header;
}

absl::StatusOr<const Key*> KeyOf(const json_t* header, const KeySet& keys) {
  const Key* key = keys.Find(TextOf(header, "kid"));
  if (key == nullptr) return Refused("key");
  if (TextOf(header, "alg") != key->algorithm) return Refused("algorithm");
  return key;
}

// The library halves whatever length an ES256 signature has.
bool HasLengthOf(absl::string_view signature, const Key& key) {
  return signature.size() * 3 / 4 == key.signature_bytes;
}

absl::StatusOr<Json> SignedClaims(std::string_view token, const Key& key) {
  const Jws jws(cjose_jws_import(token.data(), token.size(), nullptr));
  if (jws == nullptr) return Refused("malformed");
  if (!cjose_jws_verify(jws.get(), key.jwk.get(), nullptr)) return Refused("signature");
  uint8_t* text = nullptr;
  size_t size = 0;
  if (!cjose_jws_get_plaintext(jws.get(), &text, &size, nullptr)) return Refused("malformed");
  Json claims = ParseObject({reinterpret_cast<const char*>(text), size});
  if (claims == nullptr) return Refused("malformed");
  return claims;
}

// Seconds since 1970, as a whole number or with a fraction; nothing for anything else.
std::optional<absl::Time> TimeOf(const json_t* claims, const char* key) {
  const json_t* value = json_object_get(claims, key);
  if (!json_is_number(value)) return std::nullopt;
  const double seconds = json_number_value(value);
  if (!(seconds > 0 && seconds < 1e11)) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

bool MeantFor(const json_t* claims, std::string_view audience) {
  const json_t* value = json_object_get(claims, "aud");
  if (json_is_string(value)) return TextOf(claims, "aud") == audience;
  for (size_t i = 0; i < json_array_size(value); ++i) {
    const json_t* one = json_array_get(value, i);
    if (json_is_string(one) &&
        std::string_view(json_string_value(one), json_string_length(one)) == audience) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<absl::Time> CheckTimes(const json_t* claims, const TokenRules& rules,
                                      absl::Time now) {
  const std::optional<absl::Time> expiry = TimeOf(claims, "exp");
  const std::optional<absl::Time> issued = TimeOf(claims, "iat");
  if (!expiry.has_value() || !issued.has_value()) return Refused("malformed");
  if (now >= *expiry + rules.leeway) return Refused("expired");
  if (*issued > now + rules.leeway) return Refused("not_yet_valid");
  if (*expiry - *issued > rules.max_lifetime) return Refused("lifetime");
  const std::optional<absl::Time> from = TimeOf(claims, "nbf");
  if (json_object_get(claims, "nbf") != nullptr && !from.has_value()) return Refused("malformed");
  if (from.has_value() && *from > now + rules.leeway) return Refused("not_yet_valid");
  return *expiry;
}

}  // namespace

absl::StatusOr<Claims> Verify(std::string_view token, const KeySet& keys, const TokenRules& rules,
                              absl::Time now) {
  if (token.size() > rules.max_bytes) return Refused("too_large");
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  ASSIGN_OR_RETURN(const Json header, HeaderOf(parts.header));
  ASSIGN_OR_RETURN(const Key* key, KeyOf(header.get(), keys));
  if (!HasLengthOf(parts.signature, *key)) return Refused("signature");
  ASSIGN_OR_RETURN(const Json json, SignedClaims(token, *key));
  if (TextOf(json.get(), "iss") != rules.issuer) return Refused("issuer");
  if (!MeantFor(json.get(), rules.audience)) return Refused("audience");
  Claims claims;
  ASSIGN_OR_RETURN(claims.expiry, CheckTimes(json.get(), rules, now));
  claims.subject = TextOf(json.get(), rules.subject_claim.c_str());
  if (claims.subject.empty() || claims.subject.size() > kMaxSubject) return Refused("subject");
  const json_t* bound = json_object_get(json.get(), "cnf");
  claims.certificate_thumbprint = TextOf(bound, "x5t#S256");
  // A binding that is not understood must not be a binding that does not hold.
  if (bound != nullptr && claims.certificate_thumbprint.empty()) return Refused("malformed");
  return claims;
}

}  // namespace qinglian::gateway::oidc
