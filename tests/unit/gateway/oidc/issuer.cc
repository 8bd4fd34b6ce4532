#include "tests/unit/gateway/oidc/issuer.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace qinglian::gateway::oidc {
namespace {

EVP_PKEY* Generate(SigningKey::Kind kind) {
  switch (kind) {
    case SigningKey::Kind::kRsa:
      return EVP_RSA_gen(2048);
    case SigningKey::Kind::kSmallRsa:
      return EVP_RSA_gen(1024);
    case SigningKey::Kind::kP256:
      return EVP_EC_gen("P-256");
    case SigningKey::Kind::kP384:
      return EVP_EC_gen("P-384");
  }
  return nullptr;
}

bool IsRsa(SigningKey::Kind kind) {
  return kind == SigningKey::Kind::kRsa || kind == SigningKey::Kind::kSmallRsa;
}

size_t CurveBytes(SigningKey::Kind kind) { return kind == SigningKey::Kind::kP256 ? 32 : 48; }

// A number of the key, in base64url; with leading zeros up to `size` bytes.
std::string Number(const EVP_PKEY* key, const char* name, size_t size) {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key, name, &number);
  std::string bytes(size == 0 ? static_cast<size_t>(BN_num_bytes(number)) : size, '\0');
  BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
               static_cast<int>(bytes.size()));
  BN_free(number);
  return Base64Url(bytes);
}

// r and s, one after the other, instead of DER.
std::string RawSignature(const std::string& der, size_t size) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string raw(2 * size, '\0');
  auto* to = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), to, static_cast<int>(size));
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), to + size, static_cast<int>(size));
  ECDSA_SIG_free(signature);
  return raw;
}

}  // namespace

std::string Base64Url(const std::string& bytes) {
  std::string text;
  absl::WebSafeBase64Escape(bytes, &text);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

std::string KeySetOf(const std::string& jwks) { return absl::StrCat(R"({"keys":[)", jwks, "]}"); }

SigningKey::SigningKey(Kind kind, std::string id)
    : kind_(kind), id_(std::move(id)), key_(Generate(kind), &EVP_PKEY_free) {}

std::string SigningKey::Jwk(const std::string& more) const {
  std::string members = absl::StrCat(R"("kid":")", id_, "\"", more.empty() ? "" : ",", more);
  if (IsRsa(kind_)) {
    return absl::StrCat(R"({"kty":"RSA",)", members, R"(,"n":")",
                        Number(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0), R"(","e":")",
                        Number(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0), "\"}");
  }
  const size_t size = CurveBytes(kind_);
  return absl::StrCat(R"({"kty":"EC","crv":")", kind_ == Kind::kP256 ? "P-256" : "P-384", "\",",
                      members, R"(,"x":")", Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, size),
                      R"(","y":")", Number(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, size), "\"}");
}

std::string SigningKey::Pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(memory, key_.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string SigningKey::Header() const {
  return absl::StrCat(R"({"alg":")", IsRsa(kind_) ? "RS256" : "ES256", R"(","kid":")", id_, "\"}");
}

std::string SigningKey::Sign(const std::string& header, const std::string& claims) const {
  const std::string input = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get());
  const auto* data = reinterpret_cast<const unsigned char*>(input.data());
  size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, data, input.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                 input.size());
  signature.resize(size);
  EVP_MD_CTX_free(context);
  if (!IsRsa(kind_)) signature = RawSignature(signature, CurveBytes(kind_));
  return absl::StrCat(input, ".", Base64Url(signature));
}

}  // namespace qinglian::gateway::oidc
