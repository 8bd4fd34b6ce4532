#include "services/gateway/oidc/token.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/crypto/crypto.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "tests/unit/gateway/oidc/issuer.h"

namespace qinglian::gateway::oidc {
namespace {

constexpr int64_t kNow = 1'750'000'000;

// The keys of a provider, an old one among them, and of somebody else.
struct World {
  SigningKey rsa{SigningKey::Kind::kRsa, "rsa-1"};
  SigningKey ec{SigningKey::Kind::kP256, "ec-1"};
  SigningKey stranger_rsa{SigningKey::Kind::kRsa, "rsa-1"};
  SigningKey stranger_ec{SigningKey::Kind::kP256, "ec-1"};
  KeySet keys = *KeySet::Parse(KeySetOf(absl::StrCat(rsa.Jwk(), ",", ec.Jwk())));
  TokenRules rules{.issuer = "https://id.example", .audience = "qinglian"};
};
const World& W() {
  static const World& world = *new World();
  return world;
}

// Members as they should be, with some of them changed; "" takes one away.
std::string ClaimsWith(const std::vector<std::pair<std::string, std::string>>& changes = {}) {
  std::vector<std::pair<std::string, std::string>> members = {{"iss", "\"https://id.example\""},
                                                              {"aud", "\"qinglian\""},
                                                              {"sub", "\"S-1\""},
                                                              {"iat", absl::StrCat(kNow - 60)},
                                                              {"exp", absl::StrCat(kNow + 600)}};
  for (const auto& [key, value] : changes) {
    std::erase_if(members, [&key = key](const auto& member) { return member.first == key; });
    if (!value.empty()) members.emplace_back(key, value);
  }
  return absl::StrCat("{",
                      absl::StrJoin(members, ",",
                                    [](std::string* to, const auto& member) {
                                      absl::StrAppend(to, "\"", member.first, "\":", member.second);
                                    }),
                      "}");
}

absl::StatusOr<Claims> Check(const std::string& token) {
  return Verify(token, W().keys, W().rules, absl::FromUnixSeconds(kNow));
}

std::string CauseOf(const std::string& token) {
  const auto claims = Check(token);
  if (claims.ok()) return "";
  EXPECT_TRUE(status::Is(claims.status(), status::kTokenRefused)) << claims.status();
  return status::MetadataOf(claims.status(), "cause");
}

TEST(Token, OfEitherKindIsBelievedForWhatItSays) {
  for (const SigningKey* key : {&W().rsa, &W().ec}) {
    const auto claims = Check(key->Sign(key->Header(), ClaimsWith()));
    ASSERT_TRUE(claims.ok()) << claims.status();
    EXPECT_EQ(claims->subject, "S-1");
    EXPECT_EQ(claims->certificate_thumbprint, "");
    EXPECT_EQ(claims->expiry, absl::FromUnixSeconds(kNow + 600));
  }
}

TEST(Token, IsRefusedForWhateverItClaimsWrongly) {
  const auto text = [](int64_t seconds) { return absl::StrCat(kNow + seconds); };
  const struct {
    const char* what;
    std::vector<std::pair<std::string, std::string>> changes;
    const char* cause;
  } rows[] = {
      {"as it should be", {}, ""},
      {"no issuer", {{"iss", ""}}, "issuer"},
      {"another issuer", {{"iss", "\"https://id.example.org\""}}, "issuer"},
      {"an issuer with a slash", {{"iss", "\"https://id.example/\""}}, "issuer"},
      {"an issuer that is a number", {{"iss", "1"}}, "issuer"},
      {"no audience", {{"aud", ""}}, "audience"},
      {"another audience", {{"aud", "\"other\""}}, "audience"},
      {"one of several audiences", {{"aud", "[\"other\",\"qinglian\"]"}}, ""},
      {"none of several audiences", {{"aud", "[\"other\",\"qinglian \"]"}}, "audience"},
      {"audiences within audiences", {{"aud", "[[\"qinglian\"]]"}}, "audience"},
      {"an audience that is an object", {{"aud", "{\"qinglian\":1}"}}, "audience"},
      {"an audience with a zero byte", {{"aud", "\"qinglian\\u0000\""}}, "malformed"},
      {"no subject", {{"sub", ""}}, "subject"},
      {"an empty subject", {{"sub", "\"\""}}, "subject"},
      {"a subject that is a number", {{"sub", "7"}}, "subject"},
      {"a subject without end", {{"sub", "\"" + std::string(300, 's') + "\""}}, "subject"},
      {"no expiry", {{"exp", ""}}, "malformed"},
      {"an expiry in words", {{"exp", "\"" + text(600) + "\""}}, "malformed"},
      {"an expiry beyond all time", {{"exp", "1e300"}}, "malformed"},
      {"a negative expiry", {{"exp", "-1"}}, "malformed"},
      {"expired", {{"exp", text(-31)}}, "expired"},
      {"expired a moment ago, by our clock", {{"exp", text(-29)}}, ""},
      {"no time of issue", {{"iat", ""}}, "malformed"},
      {"issued in the future", {{"iat", text(31)}}, "not_yet_valid"},
      {"issued just now, by its clock", {{"iat", text(29)}}, ""},
      {"good for a day", {{"exp", text(86'400)}}, "lifetime"},
      {"not before later", {{"nbf", text(31)}}, "not_yet_valid"},
      {"not before now", {{"nbf", text(0)}}, ""},
      {"not before in words", {{"nbf", "\"now\""}}, "malformed"},
      {"bound to a certificate", {{"cnf", R"({"x5t#S256":"abc"})"}}, ""},
      {"bound in a way we do not know", {{"cnf", R"({"jkt":"abc"})"}}, "malformed"},
      {"bound to nothing", {{"cnf", "{}"}}, "malformed"},
  };
  for (const SigningKey* key : {&W().rsa, &W().ec}) {
    for (const auto& row : rows) {
      EXPECT_EQ(CauseOf(key->Sign(key->Header(), ClaimsWith(row.changes))), row.cause) << row.what;
    }
  }
}

TEST(Token, IsRefusedForAHeaderThatChoosesHowItIsChecked) {
  const std::string claims = ClaimsWith();
  const struct {
    const char* what;
    std::string header;
    const char* cause;
  } rows[] = {
      {"no algorithm", R"({"kid":"rsa-1"})", "algorithm"},
      {"none", R"({"alg":"none","kid":"rsa-1"})", "algorithm"},
      {"None", R"({"alg":"None","kid":"rsa-1"})", "algorithm"},
      {"nOnE", R"({"alg":"nOnE","kid":"rsa-1"})", "algorithm"},
      {"a shared secret", R"({"alg":"HS256","kid":"rsa-1"})", "algorithm"},
      {"the other kind of key", R"({"alg":"ES256","kid":"rsa-1"})", "algorithm"},
      {"a longer hash", R"({"alg":"RS512","kid":"rsa-1"})", "algorithm"},
      {"another padding", R"({"alg":"PS256","kid":"rsa-1"})", "algorithm"},
      {"an algorithm that is a list", R"({"alg":["RS256"],"kid":"rsa-1"})", "algorithm"},
      {"lower case", R"({"alg":"rs256","kid":"rsa-1"})", "algorithm"},
      {"no key", R"({"alg":"RS256"})", "key"},
      {"an unknown key", R"({"alg":"RS256","kid":"rsa-2"})", "key"},
      {"a key that is a number", R"({"alg":"RS256","kid":1})", "key"},
      {"a path", R"({"alg":"RS256","kid":"../../etc/passwd"})", "key"},
      {"a key of its own, only", absl::StrCat(R"({"alg":"RS256","jwk":)", W().rsa.Jwk(), "}"),
       "key"},
      {"two algorithms", R"({"alg":"RS256","alg":"none","kid":"rsa-1"})", "malformed"},
      {"two keys", R"({"alg":"RS256","kid":"x","kid":"rsa-1"})", "malformed"},
      {"something critical", R"({"alg":"RS256","kid":"rsa-1","crit":["b64"],"b64":false})",
       "malformed"},
      {"no object", R"(["RS256"])", "malformed"},
      {"nothing", "", "malformed"},
      {"no JSON", "RS256", "malformed"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(CauseOf(W().rsa.Sign(row.header, claims)), row.cause) << row.what;
  }
}

TEST(Token, IsRefusedWhereItsSignatureIsNotTheProviders) {
  const std::string claims = ClaimsWith();
  EXPECT_EQ(CauseOf(W().stranger_rsa.Sign(W().rsa.Header(), claims)), "signature");
  EXPECT_EQ(CauseOf(W().stranger_ec.Sign(W().ec.Header(), claims)), "signature");
  // The public key as a secret.
  const std::string header = R"({"alg":"HS256","kid":"rsa-1"})";
  const std::string input = absl::StrCat(Base64Url(header), ".", Base64Url(claims));
  EXPECT_EQ(CauseOf(absl::StrCat(input, ".", Base64Url(crypto::Hmac(W().rsa.Pem(), input)))),
            "algorithm");
  // One token's signature under another's claims.
  const std::vector<std::string> honest =
      absl::StrSplit(W().rsa.Sign(W().rsa.Header(), claims), '.');
  const std::string forged = Base64Url(ClaimsWith({{"sub", "\"S-2\""}}));
  EXPECT_EQ(CauseOf(absl::StrCat(honest[0], ".", forged, ".", honest[2])), "signature");
  for (const std::string& signature :
       {std::string(), std::string("AA"), Base64Url(std::string(64, '\0')),
        Base64Url(std::string(256, '\xff'))}) {
    const std::string cause = CauseOf(absl::StrCat(honest[0], ".", honest[1], ".", signature));
    EXPECT_TRUE(cause == "signature" || cause == "malformed") << cause;
  }
}

TEST(Token, IsRefusedWhereClaimsStandTwiceOrItIsNoTokenAtAll) {
  std::string twice = ClaimsWith();
  twice.insert(1, R"("sub":"S-2",)");
  EXPECT_EQ(CauseOf(W().rsa.Sign(W().rsa.Header(), twice)), "malformed");
  EXPECT_EQ(CauseOf(W().rsa.Sign(W().rsa.Header(), "[1]")), "malformed");
  EXPECT_EQ(CauseOf(W().rsa.Sign(W().rsa.Header(), "")), "malformed");
  const std::string honest = W().rsa.Sign(W().rsa.Header(), ClaimsWith());
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("..."), honest + ".x",
        honest + " ", " " + honest, "." + honest, honest.substr(0, honest.rfind('.')),
        std::string(5'000, 'a'), honest + std::string(5'000, 'a'), std::string(100, '\0')}) {
    EXPECT_NE(CauseOf(token), "") << token.substr(0, 40);
  }
}

// Bytes that decode alike would make two tokens of one: the last bits of a part, padding, spaces,
// and zeros before the numbers of an ES256 signature.
TEST(Token, HasOneSpellingOnly) {
  for (const SigningKey* key : {&W().rsa, &W().ec}) {
    const std::string honest = key->Sign(key->Header(), ClaimsWith());
    ASSERT_EQ(CauseOf(honest), "");
    std::vector<std::string> parts = absl::StrSplit(honest, '.');
    const auto with = [&](size_t at, const std::string& part) {
      std::vector<std::string> changed = parts;
      changed[at] = part;
      return absl::StrJoin(changed, ".");
    };
    for (size_t at = 0; at < parts.size(); ++at) {
      EXPECT_EQ(CauseOf(with(at, parts[at] + "=")), "malformed") << at;
      EXPECT_EQ(CauseOf(with(at, parts[at] + "==")), "malformed") << at;
      EXPECT_EQ(CauseOf(with(at, parts[at] + "\n")), "malformed") << at;
      EXPECT_EQ(CauseOf(with(at, " " + parts[at])), "malformed") << at;
      EXPECT_EQ(CauseOf(with(at, "")), "malformed") << at;
    }
    std::string& signature = parts[2];
    // Both kinds of signature leave four bits of their last character over: A, Q, g or w.
    ASSERT_NE(std::string("AQgw").find(signature.back()), std::string::npos);
    ++signature.back();
    EXPECT_EQ(CauseOf(absl::StrJoin(parts, ".")), "malformed");
  }
}

TEST(Token, IsRefusedWithASignatureOfAnotherLengthThatStandsForTheSameNumbers) {
  const std::vector<std::string> parts =
      absl::StrSplit(W().ec.Sign(W().ec.Header(), ClaimsWith()), '.');
  std::string raw;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(parts[2], &raw));
  ASSERT_EQ(raw.size(), 64u);
  const std::string zero(1, '\0');
  for (const std::string& other :
       {zero + raw.substr(0, 32) + zero + raw.substr(32), raw + zero, raw.substr(0, 63)}) {
    EXPECT_EQ(CauseOf(absl::StrCat(parts[0], ".", parts[1], ".", Base64Url(other))), "signature")
        << other.size();
  }
}

TEST(Token, IsTooLargeBeyondTheLimitAndNotAtIt) {
  const auto of = [](size_t padding) {
    return W().ec.Sign(W().ec.Header(),
                       ClaimsWith({{"more", "\"" + std::string(padding, 'x') + "\""}}));
  };
  size_t padding = 2'000;
  while (of(padding + 1).size() <= W().rules.max_bytes) ++padding;
  EXPECT_EQ(CauseOf(of(padding)), "");
  EXPECT_EQ(CauseOf(of(padding + 1)), "too_large");
}

TEST(Token, NamesItsSubjectInTheClaimThatTheRulesSay) {
  TokenRules rules = W().rules;
  rules.subject_claim = "staff_number";
  const std::string token =
      W().ec.Sign(W().ec.Header(), ClaimsWith({{"staff_number", "\"10023\""}}));
  const auto claims = Verify(token, W().keys, rules, absl::FromUnixSeconds(kNow));
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->subject, "10023");
  const auto without = Verify(W().ec.Sign(W().ec.Header(), ClaimsWith()), W().keys, rules,
                              absl::FromUnixSeconds(kNow));
  EXPECT_EQ(status::MetadataOf(without.status(), "cause"), "subject");
}

// Bits that are turned, bytes that are gone or come twice, parts of two tokens put together.
TEST(Token, OfWhichAnythingWasChangedIsRefused) {
  std::mt19937 random(7);
  std::vector<std::string> honest;
  for (int i = 0; i < 8; ++i) {
    const SigningKey& key = i % 2 == 0 ? W().rsa : W().ec;
    honest.push_back(key.Sign(key.Header(), ClaimsWith({{"sub", absl::StrCat("\"S-", i, "\"")}})));
  }
  const auto below = [&](size_t limit) { return random() % limit; };
  int refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    const std::string& from = honest[below(honest.size())];
    std::string token = from;
    switch (below(5)) {
      case 0:
        token[below(token.size())] ^= static_cast<char>(1 << below(7));
        break;
      case 1:
        token.erase(below(token.size()), 1 + below(8));
        break;
      case 2:
        token.insert(below(token.size()), token.substr(below(token.size()), 1 + below(8)));
        break;
      case 3: {
        std::vector<std::string> parts = absl::StrSplit(token, '.');
        const std::vector<std::string> others = absl::StrSplit(honest[below(honest.size())], '.');
        const size_t part = below(3);
        parts[part] = others[part];
        token = absl::StrJoin(parts, ".");
        break;
      }
      default:
        token.resize(below(token.size()));
    }
    // Unchanged, or put together again as it was.
    if (std::find(honest.begin(), honest.end(), token) != honest.end()) continue;
    const auto claims = Check(token);
    ASSERT_FALSE(claims.ok()) << "mutation " << i << " of a token of " << from.size() << " bytes";
    ASSERT_EQ(claims.status().code(), absl::StatusCode::kUnauthenticated);
    ++refused;
  }
  EXPECT_GT(refused, 80'000);
}

}  // namespace
}  // namespace qinglian::gateway::oidc
