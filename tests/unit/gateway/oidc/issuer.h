// A provider that signs whatever it is given, right or wrong. Written against OpenSSL alone, so
// that it shares nothing with what it tests.
#ifndef QINGLIAN_TESTS_UNIT_GATEWAY_OIDC_ISSUER_H_
#define QINGLIAN_TESTS_UNIT_GATEWAY_OIDC_ISSUER_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

namespace qinglian::gateway::oidc {

class SigningKey {
 public:
  enum class Kind { kRsa, kSmallRsa, kP256, kP384 };
  SigningKey(Kind kind, std::string id);

  // The public half as a JWK; `more` is further members, such as `"use":"enc"`.
  std::string Jwk(const std::string& more = "") const;
  // The public half in PEM, as those take it who try to pass it off as a secret.
  std::string Pem() const;
  // A header as it should be.
  std::string Header() const;
  // A token over exactly these texts.
  std::string Sign(const std::string& header, const std::string& claims) const;

 private:
  const Kind kind_;
  const std::string id_;
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};

// Without padding.
std::string Base64Url(const std::string& bytes);

// "{"keys":[…]}" of the JWKs, which are separated by commas.
std::string KeySetOf(const std::string& jwks);

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_TESTS_UNIT_GATEWAY_OIDC_ISSUER_H_
