#include "common/access/identity_token.h"

#include <gtest/gtest.h>

#include "common/status/status.h"

namespace qinglian::access {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'760'000'000);
constexpr absl::Duration kLifetime = absl::Seconds(30);

std::string Key(char c) { return std::string(32, c); }

v1::Identity Caller() {
  v1::Identity identity;
  identity.set_actor("persons/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11");
  identity.set_client("clients/party-building");
  v1::Grant& grant = *identity.add_grants();
  grant.set_role("roles/organ");
  grant.set_organization("organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c12");
  return identity;
}

bool Refused(const absl::StatusOr<v1::Identity>& opened) {
  return status::Is(opened.status(), status::kCallerMissing);
}

TEST(IdentityToken, SaysWhatTheGatewaySaid) {
  const IdentityTokens tokens({Key('a')});
  const auto opened = tokens.Open(tokens.Make(Caller(), kNow, kLifetime), kNow);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->actor(), Caller().actor());
  EXPECT_EQ(opened->client(), Caller().client());
  ASSERT_EQ(opened->grants_size(), 1);
  EXPECT_EQ(opened->grants(0).role(), "roles/organ");
}

TEST(IdentityToken, IsRefusedWhenAnyBitDiffers) {
  const IdentityTokens tokens({Key('a')});
  std::string token = tokens.Make(Caller(), kNow, kLifetime);
  for (size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      token[i] ^= 1 << bit;
      EXPECT_TRUE(Refused(tokens.Open(token, kNow))) << i << " " << bit;
      token[i] ^= 1 << bit;
    }
    EXPECT_TRUE(Refused(tokens.Open(std::string_view(token).substr(0, i), kNow))) << i;
  }
  EXPECT_TRUE(tokens.Open(token, kNow).ok());
}

TEST(IdentityToken, HoldsForItsLifetimeAndTheLeewayOfClocks) {
  const IdentityTokens tokens({Key('a')});
  const std::string token = tokens.Make(Caller(), kNow, kLifetime);
  const absl::Duration tick = absl::Milliseconds(1);
  EXPECT_TRUE(tokens.Open(token, kNow + kLifetime + kClockLeeway - tick).ok());
  EXPECT_TRUE(Refused(tokens.Open(token, kNow + kLifetime + kClockLeeway)));
  EXPECT_TRUE(tokens.Open(token, kNow - kClockLeeway).ok());
  EXPECT_TRUE(Refused(tokens.Open(token, kNow - kClockLeeway - tick)));
}

TEST(IdentityToken, IsOpenedByEveryKeyAndMadeByTheFirst) {
  const IdentityTokens before({Key('a')});
  const IdentityTokens during({Key('b'), Key('a')});
  const IdentityTokens after({Key('b')});
  EXPECT_TRUE(during.Open(before.Make(Caller(), kNow, kLifetime), kNow).ok());
  EXPECT_TRUE(after.Open(during.Make(Caller(), kNow, kLifetime), kNow).ok());
  EXPECT_TRUE(Refused(after.Open(before.Make(Caller(), kNow, kLifetime), kNow)));
}

TEST(IdentityToken, NamesAnActor) {
  const IdentityTokens tokens({Key('a')});
  EXPECT_TRUE(Refused(tokens.Open(tokens.Make(v1::Identity(), kNow, kLifetime), kNow)));
}

}  // namespace
}  // namespace qinglian::access
