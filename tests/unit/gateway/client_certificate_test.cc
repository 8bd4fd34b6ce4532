#include "services/gateway/client_certificate.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/status/status.h"

namespace qinglian::gateway {
namespace {

// A certificate with these alternative names, DER in base64.
std::string CertificateOf(const std::string& names) {
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

TEST(ClientCertificate, NamesItsClientByItsOnlyUriAndIsKnownByItsHash) {
  const std::string base64 =
      CertificateOf("DNS:platform.example,URI:spiffe://qinglian/clients/audit-platform");
  const auto read = ReadClientCertificate(base64);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->client, "clients/audit-platform");
  std::string der, hash;
  absl::Base64Unescape(base64, &der);
  absl::WebSafeBase64Escape(crypto::Sha256(der), &hash);
  EXPECT_EQ(read->thumbprint, hash);
}

TEST(ClientCertificate, ThatNamesNoClientOfOursIsRefused) {
  for (const char* names :
       {"", "DNS:spiffe.qinglian.clients.a", "URI:spiffe://qinglian/clients/",
        "URI:spiffe://qinglian/clients/A", "URI:spiffe://qinglian/clients/a/b",
        "URI:spiffe://qinglian/clients/a?b", "URI:spiffe://qinglian/services/risk",
        "URI:spiffe://elsewhere/clients/a", "URI:SPIFFE://qinglian/clients/a",
        "URI:spiffe://qinglian/clients/9a", "URI:spiffe://qinglian/clients/a.b",
        "URI:spiffe://qinglian/clients/abcdefghijabcdefghijabcdefghijabcdefghijk",
        "URI:spiffe://qinglian/clients/a,URI:spiffe://qinglian/clients/b"}) {
    EXPECT_TRUE(status::Is(ReadClientCertificate(CertificateOf(names)).status(),
                           status::kCertificateRefused))
        << names;
  }
}

TEST(ClientCertificate, ThatIsNoneIsRefused) {
  const std::string honest = CertificateOf("URI:spiffe://qinglian/clients/a");
  std::string der;
  absl::Base64Unescape(honest, &der);
  for (const std::string& text :
       {std::string(), std::string("!"), honest.substr(0, 100), absl::Base64Escape("certificate"),
        absl::Base64Escape(der + "x"), std::string(100'000, 'A')}) {
    EXPECT_TRUE(status::Is(ReadClientCertificate(text).status(), status::kCertificateRefused))
        << text.substr(0, 40);
  }
}

}  // namespace
}  // namespace qinglian::gateway
