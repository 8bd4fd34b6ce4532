#include "services/gateway/oidc/key_set.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "tests/unit/gateway/oidc/issuer.h"

namespace qinglian::gateway::oidc {
namespace {

TEST(KeySet, HoldsWhatSignsWithRs256OrEs256AndLeavesTheRestOut) {
  const SigningKey rsa(SigningKey::Kind::kRsa, "a"), ec(SigningKey::Kind::kP256, "b");
  const SigningKey small(SigningKey::Kind::kSmallRsa, "c"), large(SigningKey::Kind::kP384, "d");
  const SigningKey encrypting(SigningKey::Kind::kRsa, "e"), other(SigningKey::Kind::kRsa, "f");
  const auto keys = KeySet::Parse(KeySetOf(absl::StrCat(
      rsa.Jwk(R"("use":"sig","alg":"RS256")"), ",", ec.Jwk(), ",", small.Jwk(), ",", large.Jwk(),
      ",", encrypting.Jwk(R"("use":"enc")"), ",", other.Jwk(R"("alg":"RS512")"), ",",
      R"({"kty":"oct","kid":"g","k":"c2VjcmV0"},{"kty":"OKP","kid":"h"},7,"x",)",
      // One character more than stands for bytes, which the library does not survive.
      R"({"kty":"EC","kid":"i","crv":"P-256","x":"AAAAA","y":"AAAA"},)",
      R"({"kty":"RSA","kid":"j","n":"AAAAA","e":"AQAB"})")));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), 2u);
  EXPECT_EQ(keys->Find("a")->algorithm, "RS256");
  EXPECT_EQ(keys->Find("b")->algorithm, "ES256");
  for (const char* absent : {"", "c", "d", "e", "f", "g", "h", "i", "j"})
    EXPECT_EQ(keys->Find(absent), nullptr) << absent;
}

TEST(KeySet, ThatCannotBeReadWithoutDoubtIsNone) {
  const SigningKey one(SigningKey::Kind::kP256, "same"), two(SigningKey::Kind::kP256, "same");
  const SigningKey nameless(SigningKey::Kind::kP256, "");
  std::string many = one.Jwk();
  for (int i = 0; i < 101; ++i) absl::StrAppend(&many, ",{}");
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string(R"({"keys":{}})"),
        KeySetOf(""), KeySetOf(nameless.Jwk()), KeySetOf(absl::StrCat(one.Jwk(), ",", two.Jwk())),
        KeySetOf(many), KeySetOf(one.Jwk()) + "x",
        absl::StrCat(R"({"keys":[],"keys":[)", one.Jwk(), "]}")}) {
    EXPECT_TRUE(status::Is(KeySet::Parse(text).status(), status::kKeySetInvalid))
        << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace qinglian::gateway::oidc
