#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/hash/hash_testing.h"
#include "common/id/names.h"
#include "common/id/uuid.h"
#include "common/status/status.h"

namespace qinglian::id {
namespace {

constexpr char kDns[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

TEST(Uuid, Version7HoldsItsMillisecondAndOrdersByIt) {
  const absl::Time time = absl::FromUnixMillis(1'767'225'600'123);
  const Uuid uuid = Uuid::NewV7(time + absl::Microseconds(400));
  EXPECT_EQ(uuid.version(), 7);
  EXPECT_EQ(uuid.time(), time);
  const Uuid later = Uuid::NewV7(time + absl::Milliseconds(1));
  EXPECT_LT(uuid, later);
  EXPECT_LT(uuid.ToString(), later.ToString());
}

TEST(Uuid, MadeOnesDifferAndHaveTheVariantOfTheRfc) {
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    for (const Uuid& uuid : {Uuid::NewV4(), Uuid::NewV7(absl::UnixEpoch())}) {
      EXPECT_TRUE(seen.insert(uuid).second);
      EXPECT_THAT("89ab", ::testing::HasSubstr(uuid.ToString().substr(19, 1)));
    }
  }
  EXPECT_EQ(Uuid::NewV4().version(), 4);
}

TEST(Uuid, Version5IsThatOfTheRfc) {
  const Uuid dns = *Uuid::Parse(kDns);
  // Appendix A.4 of RFC 9562.
  EXPECT_EQ(Uuid::V5(dns, "www.example.com").ToString(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, TextAndBytesGoBothWays) {
  const Uuid uuid = Uuid::NewV4();
  EXPECT_EQ(*Uuid::Parse(uuid.ToString()), uuid);
  EXPECT_EQ(*Uuid::FromBytes(uuid.Bytes()), uuid);
  EXPECT_EQ(uuid.Bytes().size(), Uuid::kSize);
  EXPECT_TRUE(Uuid().is_nil());
  EXPECT_FALSE(uuid.is_nil());
}

TEST(Uuid, OnlyCanonicalLowerCaseTextIsTaken) {
  for (const char* text :
       {"", "6BA7B810-9dad-11d1-80b4-00c04fd430c8", "6ba7b8109dad11d180b400c04fd430c8",
        "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "6ba7b810-9dad-11d1-80b4-00c04fd430c",
        "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b810-9dad-11d1-80b4+00c04fd430c8",
        " ba7b810-9dad-11d1-80b4-00c04fd430c8"}) {
    EXPECT_EQ(status::ReasonOf(Uuid::Parse(text).status()), "UUID_INVALID") << text;
  }
  EXPECT_EQ(status::ReasonOf(Uuid::FromBytes("short").status()), "UUID_INVALID");
}

TEST(Uuid, HashesByValue) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {Uuid(), *Uuid::Parse(kDns), Uuid::NewV4(), Uuid::NewV4()}));
}

TEST(Names, AreACollectionAndAUuid) {
  const Uuid uuid = Uuid::NewV7(absl::UnixEpoch());
  const std::string name = FormatName("riskPoints", uuid);
  EXPECT_EQ(name, "riskPoints/" + uuid.ToString());
  EXPECT_EQ(*ParseName("riskPoints", name), uuid);
  EXPECT_EQ(CollectionOf(name), "riskPoints");
  EXPECT_EQ(CollectionOf("riskPoints"), "");
}

TEST(Names, OfAnotherCollectionOrFormAreRefused) {
  const std::string dns = kDns;
  for (const std::string& name :
       {"organizations/" + dns, "riskPoint/" + dns, "riskPoints/x/" + dns,
        "riskPoints/" + dns + "/", "riskPoints" + dns, std::string("riskPoints/"),
        std::string("riskPoints"), std::string()}) {
    const absl::Status error = ParseName("riskPoints", name).status();
    EXPECT_EQ(status::ReasonOf(error), "NAME_INVALID") << name;
    EXPECT_EQ(status::MetadataOf(error, "collection"), "riskPoints");
  }
}

}  // namespace
}  // namespace qinglian::id
