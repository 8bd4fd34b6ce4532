// Certificates as the edge passes them on.
#ifndef QINGLIAN_TESTS_UNIT_GATEWAY_CERTIFICATE_H_
#define QINGLIAN_TESTS_UNIT_GATEWAY_CERTIFICATE_H_

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace qinglian::gateway::test {

// A certificate with these alternative names and a new key, DER in base64.
inline std::string CertificateOf(const std::string& names) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  X509_set_pubkey(certificate, key);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3'600);
  if (!names.empty()) {
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  std::string base64;
  absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(der), static_cast<size_t>(size)), &base64);
  OPENSSL_free(der);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return base64;
}

}  // namespace qinglian::gateway::test

#endif  // QINGLIAN_TESTS_UNIT_GATEWAY_CERTIFICATE_H_
