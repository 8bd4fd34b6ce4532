#include "services/gateway/oidc/verifier.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/gateway/oidc/issuer.h"

namespace qinglian::gateway::oidc {
namespace {

class VerifierTest : public testing::Test {
 protected:
  ~VerifierTest() override { unlink(path_.c_str()); }

  void Publish(const std::string& key_set) { std::ofstream(path_) << key_set; }

  absl::StatusOr<std::unique_ptr<Verifier>> Start() {
    return Verifier::Start({.issuer = "i", .audience = "a"},
                           {.url = "file://" + path_,
                            .ca_file = {},
                            .interval = absl::Hours(1),
                            .min_interval = absl::Milliseconds(20)});
  }

  static std::string TokenBy(const SigningKey& key) {
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    return key.Sign(key.Header(), absl::StrCat(R"({"iss":"i","aud":"a","sub":"s","iat":)", now,
                                               R"(,"exp":)", now + 600, "}"));
  }

  // Whether it is accepted within ten seconds.
  static bool Eventually(const Verifier& verifier, const std::string& token) {
    for (const absl::Time until = absl::Now() + absl::Seconds(10); absl::Now() < until;) {
      if (verifier.Verify(token, absl::Now()).ok()) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  const std::string path_ = absl::StrCat(testing::TempDir(), "verifier_test_keys.", getpid());
  const SigningKey old_{SigningKey::Kind::kP256, "old"};
  const SigningKey new_{SigningKey::Kind::kRsa, "new"};
};

TEST_F(VerifierTest, ANewKeyIsFetchedWhenATokenNamesItAndAnOldOneGoesWithTheSet) {
  Publish(KeySetOf(old_.Jwk()));
  const auto verifier = Start();
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  const std::string before = TokenBy(old_), after = TokenBy(new_);
  EXPECT_TRUE((*verifier)->Verify(before, absl::Now()).ok());
  EXPECT_TRUE((*verifier)->Verify(before, absl::Now()).ok()) << "remembered";
  Publish(KeySetOf(absl::StrCat(old_.Jwk(), ",", new_.Jwk())));
  EXPECT_TRUE(Eventually(**verifier, after));
  EXPECT_TRUE((*verifier)->Verify(before, absl::Now()).ok()) << "still in the set";
  Publish(KeySetOf(new_.Jwk()));
  const SigningKey unknown(SigningKey::Kind::kP256, "unknown");
  for (const absl::Time until = absl::Now() + absl::Seconds(10);
       absl::Now() < until && (*verifier)->Verify(before, absl::Now()).ok();) {
    (void)(*verifier)->Verify(TokenBy(unknown), absl::Now());
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_FALSE((*verifier)->Verify(before, absl::Now()).ok()) << "no longer, remembered or not";
}

TEST_F(VerifierTest, TheLastGoodKeysStayWhenTheNextCannotBeRead) {
  Publish(KeySetOf(old_.Jwk()));
  const auto verifier = Start();
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  Publish("broken");
  const std::string token = TokenBy(old_);
  for (const absl::Time until = absl::Now() + absl::Seconds(10);
       absl::Now() < until && (*verifier)->last_fetch().ok();) {
    (void)(*verifier)->Verify(TokenBy(new_), absl::Now());
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_TRUE(status::Is((*verifier)->last_fetch(), status::kKeySetInvalid));
  EXPECT_TRUE((*verifier)->Verify(token, absl::Now()).ok());
}

TEST_F(VerifierTest, BeforeThereAreKeysNobodyIsRefusedForGood) {
  const auto verifier = Start();
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  const auto claims = (*verifier)->Verify(TokenBy(old_), absl::Now());
  EXPECT_TRUE(status::Is(claims.status(), status::kKeySetUnavailable)) << claims.status();
  EXPECT_EQ(claims.status().code(), absl::StatusCode::kUnavailable);
  Publish(KeySetOf(old_.Jwk()));
  EXPECT_TRUE(Eventually(**verifier, TokenBy(old_)));
}

TEST_F(VerifierTest, ItsMetricsTellHowFetchingGoesAndHowOldTheKeysAre) {
  metrics::Registry registry("gateway", "test");
  Publish("broken");
  const auto verifier = Start();
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  (*verifier)->Report(registry);
  EXPECT_THAT(registry.Render(), testing::HasSubstr("gateway_token_keys_age_seconds +Inf"));
  EXPECT_THAT(registry.Render(),
              testing::HasSubstr("gateway_token_key_fetches_total{result=\"ok\"} 0"));
  Publish(KeySetOf(old_.Jwk()));
  ASSERT_TRUE(Eventually(**verifier, TokenBy(old_)));
  EXPECT_THAT(registry.Render(), testing::Not(testing::HasSubstr("age_seconds +Inf")));
  EXPECT_THAT(registry.Render(),
              testing::Not(testing::HasSubstr("fetches_total{result=\"failed\"} 0")));
}

// As workers of the gateway ask it; whoever holds a token of the key that stays is never refused.
TEST_F(VerifierTest, ManyAskAtOnceWhileTheKeysChange) {
  Publish(KeySetOf(old_.Jwk()));
  const auto verifier = Start();
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  const std::string stays = TokenBy(old_), comes = TokenBy(new_);
  std::atomic<bool> done = false;
  std::atomic<int> refused = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&] {
      while (!done) {
        if (!(*verifier)->Verify(stays, absl::Now()).ok()) ++refused;
        (void)(*verifier)->Verify(comes, absl::Now());
      }
    });
  }
  // In one step, as nothing less may be read.
  const auto replace = [&](const std::string& key_set) {
    std::ofstream(path_ + ".next") << key_set;
    rename((path_ + ".next").c_str(), path_.c_str());
  };
  replace(KeySetOf(absl::StrCat(old_.Jwk(), ",", new_.Jwk())));
  EXPECT_TRUE(Eventually(**verifier, comes));
  replace(KeySetOf(old_.Jwk()));
  const std::string unknown = TokenBy(SigningKey(SigningKey::Kind::kP256, "unknown"));
  for (const absl::Time until = absl::Now() + absl::Seconds(10);
       absl::Now() < until && (*verifier)->Verify(comes, absl::Now()).ok();) {
    (void)(*verifier)->Verify(unknown, absl::Now());
  }
  EXPECT_FALSE((*verifier)->Verify(comes, absl::Now()).ok());
  done = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(refused, 0);
}

TEST_F(VerifierTest, ClocksMayDifferByAMinuteAtMost) {
  for (const auto& [leeway, good] : {std::pair{absl::Seconds(60), true},
                                     {absl::ZeroDuration(), true},
                                     {absl::Seconds(61), false},
                                     {-absl::Seconds(1), false}}) {
    const auto verifier = Verifier::Start({.issuer = "i", .audience = "a", .leeway = leeway},
                                          {.url = "file://" + path_, .ca_file = {}});
    EXPECT_EQ(verifier.ok(), good) << leeway;
  }
}

TEST_F(VerifierTest, SettingsThatCannotBeMeantAreRefused) {
  for (const char* url :
       {"", "http://provider.example/keys", "ftp://x/", "file://host/x", "/keys"}) {
    const auto verifier =
        Verifier::Start({.issuer = "i", .audience = "a"}, {.url = url, .ca_file = {}});
    EXPECT_TRUE(status::Is(verifier.status(), status::kConfigInvalid)) << url;
  }
  EXPECT_FALSE(
      Verifier::Start({.issuer = "", .audience = "a"}, {.url = "https://x/", .ca_file = {}}).ok());
}

}  // namespace
}  // namespace qinglian::gateway::oidc
