#include "services/gateway/client_certificate.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/escaping.h"
#include "common/crypto/crypto.h"
#include "common/status/status.h"
#include "tests/unit/gateway/certificate.h"

namespace qinglian::gateway {
namespace {

using test::CertificateOf;

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
