// Tokens of a provider that others wrote, through discovery, key rotation and absence.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "common/status/status.h"
#include "services/gateway/oidc/verifier.h"
#include "tests/contract/oidc/provider.h"

namespace qinglian::gateway::oidc {
namespace {

constexpr const char* kClients[] = {"rs256", "es256"};

class OidcProvider : public testing::Test {
 protected:
  void SetUp() override { ASSERT_FALSE(provider_.issuer().empty()); }

  // Only what happens makes it fetch: the interval is longer than the test.
  std::unique_ptr<Verifier> Start(const std::string& audience = "qinglian") const {
    auto verifier = Verifier::Start({.issuer = provider_.issuer(), .audience = audience},
                                    {.url = "",
                                     .ca_file = "",
                                     .interval = absl::Hours(1),
                                     .min_interval = absl::Milliseconds(20)});
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    return *std::move(verifier);
  }

  static bool Accepts(const Verifier& verifier, const std::string& token) {
    return verifier.Verify(token, absl::Now()).ok();
  }

  static bool Eventually(const std::function<bool()>& holds) {
    for (const absl::Time until = absl::Now() + absl::Seconds(60); absl::Now() < until;) {
      if (holds()) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  static std::string Why(const Verifier& verifier, const std::string& token) {
    const absl::Status status = verifier.Verify(token, absl::Now()).status();
    EXPECT_TRUE(status::Is(status, status::kTokenRefused)) << status;
    return status::MetadataOf(status, "cause");
  }

  Provider provider_;
};

TEST_F(OidcProvider, ItsTokensOfBothKindsAreBelievedByTheKeysItsDiscoveryNames) {
  const auto verifier = Start();
  for (const char* client : kClients) {
    const std::string token = provider_.TokenOf(client);
    ASSERT_TRUE(Eventually([&] { return Accepts(*verifier, token); })) << client;
    const auto claims = verifier->Verify(token, absl::Now());
    EXPECT_EQ(claims->subject, client);
    EXPECT_GT(claims->expiry, absl::Now());
    EXPECT_EQ(Why(*verifier, token + "A"), "signature");
    EXPECT_EQ(verifier->Verify(token, claims->expiry + absl::Minutes(2)).status().code(),
              absl::StatusCode::kUnauthenticated);
  }
}

TEST_F(OidcProvider, ItsTokensForAnotherAudienceAreRefused) {
  const auto verifier = Start("somebody-else");
  const std::string token = provider_.TokenOf("rs256");
  ASSERT_TRUE(Eventually([&] { return verifier->last_fetch().ok(); }));
  EXPECT_EQ(Why(*verifier, token), "audience");
}

TEST_F(OidcProvider, ItsKeysChangeWhileTokensAreChecked) {
  const auto verifier = Start();
  for (const char* client : kClients) {
    const std::string before = provider_.TokenOf(client);
    ASSERT_TRUE(Eventually([&] { return Accepts(*verifier, before); })) << client;
    provider_.Rotate();
    const std::string after = provider_.TokenOf(client);
    EXPECT_TRUE(Eventually([&] {
      EXPECT_TRUE(Accepts(*verifier, before)) << "the old key is still in the set";
      return Accepts(*verifier, after);
    })) << client;
    provider_.Forget();
    // A token with a key that nobody has seen is what makes anybody look.
    provider_.Rotate();
    const std::string newest = provider_.TokenOf(client);
    EXPECT_TRUE(Eventually([&] { return Accepts(*verifier, newest); })) << client;
    EXPECT_EQ(Why(*verifier, before), "key") << "remembered or not, its key is gone";
    EXPECT_TRUE(Accepts(*verifier, after)) << client;
  }
}

TEST_F(OidcProvider, WhileItIsDownTheLastGoodKeysServe) {
  const auto verifier = Start();
  const std::string known = provider_.TokenOf("es256");
  ASSERT_TRUE(Eventually([&] { return Accepts(*verifier, known); }));
  provider_.Rotate();
  const std::string unknown = provider_.TokenOf("es256");
  provider_.GoDown();
  ASSERT_TRUE(Eventually([&] {
    EXPECT_EQ(Why(*verifier, unknown), "key");
    return !verifier->last_fetch().ok();
  }));
  EXPECT_TRUE(status::Is(verifier->last_fetch(), status::kKeySetUnavailable));
  EXPECT_TRUE(Accepts(*verifier, known));
  provider_.ComeUp();
  EXPECT_TRUE(Eventually([&] { return Accepts(*verifier, unknown); }));
}

TEST_F(OidcProvider, WhoStartsBeforeItIsUpAcceptsItsTokensOnceItIs) {
  const std::string token = provider_.TokenOf("rs256");
  provider_.GoDown();
  const auto verifier = Start();
  const absl::Status refused = verifier->Verify(token, absl::Now()).status();
  EXPECT_TRUE(status::Is(refused, status::kKeySetUnavailable)) << refused;
  provider_.ComeUp();
  EXPECT_TRUE(Eventually([&] { return Accepts(*verifier, token); }));
}

// Its address by another name: the document there is right in all but for whom it is.
TEST_F(OidcProvider, ItsDiscoveryDocumentUnderAnotherIssuersNameGivesNoKeys) {
  std::string alias = provider_.issuer();
  alias.replace(alias.find("127.0.0.1"), 9, "localhost");
  const auto verifier = Verifier::Start({.issuer = alias, .audience = "qinglian"},
                                        {.url = "",
                                         .ca_file = "",
                                         .interval = absl::Hours(1),
                                         .min_interval = absl::Milliseconds(20)});
  ASSERT_TRUE(verifier.ok()) << verifier.status();
  ASSERT_TRUE(Eventually([&] {
    return (*verifier)->last_fetch().message().find("another issuer") != std::string::npos;
  }));
  EXPECT_FALSE(Accepts(**verifier, provider_.TokenOf("rs256")));
}

}  // namespace
}  // namespace qinglian::gateway::oidc
