#include "services/gateway/proof.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/crypto/crypto.h"
#include "common/status/status.h"
#include "tests/unit/gateway/certificate.h"
#include "tests/unit/gateway/oidc/issuer.h"

namespace qinglian::gateway {
namespace {

constexpr char kDelegator[] = "persons/00000000-0000-7000-8000-000000000002";

using Entries = std::vector<std::pair<std::string, std::string>>;

std::string ThumbprintOf(const std::string& base64) {
  std::string der, thumbprint;
  absl::Base64Unescape(base64, &der);
  absl::WebSafeBase64Escape(crypto::Sha256(der), &thumbprint);
  return thumbprint;
}

class ProofTest : public testing::Test {
 protected:
  ProofTest() {
    const std::string file = absl::StrCat(testing::TempDir(), "/proof-keys-", getpid());
    std::ofstream(file) << oidc::KeySetOf(key_.Jwk());
    auto verifier = oidc::Verifier::Start(
        {.issuer = "https://identity.test", .audience = "qinglian", .leeway = absl::Seconds(5)},
        {.url = "file://" + file, .ca_file = ""});
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    verifier_ = *std::move(verifier);
  }

  // The bearer's header with a token for `subject`, good for a minute, with more claims.
  std::string Bearer(const std::string& subject, const std::string& more = "") const {
    const int64_t seconds = absl::ToUnixSeconds(now_);
    return absl::StrCat(
        "Bearer ",
        key_.Sign(
            key_.Header(),
            absl::StrCat(R"({"iss":"https://identity.test","aud":"qinglian","sub":")", subject,
                         R"(","iat":)", seconds, R"(,"exp":)", seconds + 60, more, "}")));
  }
  std::string BoundBearer(const std::string& certificate) const {
    return Bearer("S-1", absl::StrCat(R"(,"cnf":{"x5t#S256":")", ThumbprintOf(certificate), "\"}"));
  }

  absl::StatusOr<Proof> Prove(const Entries& entries, bool from_edge = true) const {
    std::vector<grpc_metadata> metadata;
    for (const auto& [key, value] : entries) {
      grpc_metadata& entry = metadata.emplace_back();
      entry.key = grpc_slice_from_static_buffer(key.data(), key.size());
      entry.value = grpc_slice_from_static_buffer(value.data(), value.size());
    }
    const grpc_metadata_array array{metadata.size(), metadata.size(), metadata.data()};
    return Prover(verifier_.get(), from_edge).Prove(array, now_);
  }
  std::string CauseOf(const Entries& entries, bool from_edge = true) const {
    const absl::Status status = Prove(entries, from_edge).status();
    EXPECT_TRUE(status::Is(status, status::kTokenRefused)) << status;
    return status::MetadataOf(status, "cause");
  }

  const absl::Time now_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  const oidc::SigningKey key_{oidc::SigningKey::Kind::kP256, "one"};
  std::unique_ptr<oidc::Verifier> verifier_;
  const std::string own_ = test::CertificateOf("URI:spiffe://qinglian/clients/portal");
  const std::string other_ = test::CertificateOf("URI:spiffe://qinglian/clients/portal");
};

TEST_F(ProofTest, ATokenThatIsBoundToACertificateIsGoodWithThatOneOnly) {
  const std::string bearer = BoundBearer(own_);
  const auto proof = Prove({{"authorization", bearer}, {kEdgeCertificate, own_}});
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->client, "clients/portal");
  EXPECT_EQ(proof->staff_number, "S-1");
  // Another of the same client is another.
  EXPECT_EQ(CauseOf({{"authorization", bearer}, {kEdgeCertificate, other_}}), "certificate");
  EXPECT_EQ(CauseOf({{"authorization", bearer}}), "certificate");
  // Where the edge is not believed, nobody has shown any.
  EXPECT_EQ(CauseOf({{"authorization", bearer}, {kEdgeCertificate, own_}}, false), "certificate");
}

TEST_F(ProofTest, ABindingThatIsNotUnderstoodDoesNotHold) {
  for (const char* binding : {R"({"jkt":"x"})", "{}", R"("x")", R"({"x5t#S256":""})"}) {
    EXPECT_EQ(CauseOf({{"authorization", Bearer("S-1", absl::StrCat(",\"cnf\":", binding))},
                       {kEdgeCertificate, own_}}),
              "malformed")
        << binding;
  }
}

TEST_F(ProofTest, WhatIsSaidTwiceIsNotSaid) {
  const std::string bearer = Bearer("S-1");
  ASSERT_TRUE(Prove({{"authorization", bearer}, {"acting-for", kDelegator}}).ok());
  for (const Entries& twice :
       {Entries{{"authorization", bearer}, {"authorization", bearer}},
        Entries{{"authorization", bearer}, {"authorization", Bearer("S-2")}},
        Entries{{"authorization", bearer}, {"acting-for", kDelegator}, {"acting-for", kDelegator}},
        Entries{{"authorization", bearer}, {"acting-for", ""}, {"acting-for", kDelegator}},
        Entries{{kEdgeCertificate, own_}, {kEdgeCertificate, own_}}}) {
    EXPECT_TRUE(status::Is(Prove(twice).status(), status::kCallerMissing))
        << twice[1].first << " " << Prove(twice).status();
  }
}

TEST_F(ProofTest, OnlyAPersonAsksToActForAPerson) {
  const std::string bearer = Bearer("S-1");
  const auto proof = Prove({{"authorization", bearer}, {"acting-for", kDelegator}});
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->acting_for, kDelegator);
  for (const char* nobody : {"persons/2", "persons/", "clients/portal", "x",
                             "persons/00000000-0000-7000-8000-00000000000G",
                             "persons/00000000-0000-7000-8000-000000000002\n"}) {
    EXPECT_TRUE(status::Is(Prove({{"authorization", bearer}, {"acting-for", nobody}}).status(),
                           status::kDelegationMissing))
        << nobody;
  }
  EXPECT_TRUE(status::Is(Prove({{kEdgeCertificate, own_}, {"acting-for", kDelegator}}).status(),
                         status::kDelegationMissing));
}

TEST_F(ProofTest, HoldsAsLongAsItsTokenIsTakenAndWithoutOneForEver) {
  const auto person = Prove({{"authorization", Bearer("S-1")}});
  ASSERT_TRUE(person.ok()) << person.status();
  EXPECT_EQ(person->valid_until, now_ + absl::Seconds(65));
  const auto platform = Prove({{kEdgeCertificate, own_}});
  ASSERT_TRUE(platform.ok()) << platform.status();
  EXPECT_EQ(platform->valid_until, absl::InfiniteFuture());
}

TEST_F(ProofTest, OfOneAskerIsAnotherForEachWhomHeActsFor) {
  const auto own = Prove({{"authorization", Bearer("S-1")}});
  const auto acting = Prove({{"authorization", Bearer("S-1")}, {"acting-for", kDelegator}});
  ASSERT_TRUE(own.ok() && acting.ok());
  EXPECT_NE(own->Key(), acting->Key());
  EXPECT_EQ(own->Asker(), acting->Asker());
  EXPECT_NE(own->Asker(), Prove({{"authorization", Bearer("S-2")}})->Asker());
}

}  // namespace
}  // namespace qinglian::gateway
