#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/id/uuid.h"
#include "common/journal/batch.h"
#include "common/journal/resume_token.h"
#include "common/status/status.h"

namespace qinglian::journal {
namespace {

ResumeToken Token() {
  ResumeToken token;
  token.set_version(1);
  token.set_service("risk");
  token.set_incarnation(std::string(16, 'i'));
  token.set_position(42);
  token.set_filter(std::string(32, 'f'));
  return token;
}

TEST(TokenSealer, OpensWhatItSealed) {
  const TokenSealer sealer(std::string(32, 'k'), "purpose");
  ResumeToken opened;
  ASSERT_TRUE(sealer.Open(sealer.Seal(Token()), opened));
  EXPECT_EQ(opened.SerializeAsString(), Token().SerializeAsString());
}

TEST(TokenSealer, SaysNothingOfWhatIsInside) {
  const TokenSealer sealer(std::string(32, 'k'), "purpose");
  const std::string sealed = sealer.Seal(Token());
  EXPECT_NE(sealed, sealer.Seal(Token()));
  EXPECT_EQ(sealed.find("risk"), std::string::npos);
}

TEST(TokenSealer, RefusesATokenOfWhichAnyByteDiffers) {
  const TokenSealer sealer(std::string(32, 'k'), "purpose");
  const std::string sealed = sealer.Seal(Token());
  ResumeToken opened;
  for (size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = sealed;
      changed[i] ^= static_cast<char>(1 << bit);
      EXPECT_FALSE(sealer.Open(changed, opened)) << i << " " << bit;
    }
    EXPECT_FALSE(sealer.Open(sealed.substr(0, i), opened)) << i;
  }
  EXPECT_FALSE(sealer.Open(sealed + "A", opened));
}

TEST(TokenSealer, RefusesTokensOfAnotherKeyOrPurpose) {
  const TokenSealer sealer(std::string(32, 'k'), "purpose");
  ResumeToken opened;
  EXPECT_FALSE(TokenSealer(std::string(32, 'x'), "purpose").Open(sealer.Seal(Token()), opened));
  EXPECT_FALSE(TokenSealer(std::string(32, 'k'), "other").Open(sealer.Seal(Token()), opened));
}

constexpr char kA[] = "organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c11";
constexpr char kB[] = "organizations/0192f0c1-7d6e-7a10-8a51-0b4a6f3f2c12";

TEST(Filter, HasOneHashHoweverItWasWritten) {
  v1::WatchChangesRequest one, other;
  one.add_kinds("a");
  one.add_kinds("b");
  one.add_organizations(kA);
  one.add_organizations(kB);
  other.add_organizations(kB);
  other.add_organizations(kA);
  other.add_kinds("b");
  other.add_kinds("a");
  EXPECT_EQ(Filter::Of(one, access::Scope())->hash(), Filter::Of(other, access::Scope())->hash());
  other.clear_organizations();
  EXPECT_NE(Filter::Of(one, access::Scope())->hash(), Filter::Of(other, access::Scope())->hash());
  EXPECT_NE(Filter::Of(other, access::Scope())->hash(), Filter::Of({}, access::Scope())->hash());
}

TEST(Filter, WantsWhatIsOfItsKindsAndItsOrganizations) {
  v1::WatchChangesRequest request;
  EXPECT_TRUE(Filter::Of(request, access::Scope())->everything());
  request.add_kinds("a");
  request.add_organizations(kA);
  const Filter filter = *Filter::Of(request, access::Scope());
  const std::string a = id::Uuid::Parse(std::string(kA).substr(14))->Bytes();
  EXPECT_TRUE(filter.Has("a", a));
  EXPECT_FALSE(filter.Has("b", a));
  EXPECT_FALSE(filter.Has("a", ""));
  request.add_organizations("organizations/1");
  EXPECT_TRUE(status::Is(Filter::Of(request, access::Scope()).status(), status::kNameInvalid));
}

TEST(FieldsOf, LeavesOutWhatWasSentBefore) {
  Batch batch;
  batch.after = 10;
  batch.through = 13;
  batch.fields = "onetwo";
  batch.entries = {{11, "a", "", "", 3}, {13, "b", "", "", 6}};
  const Filter everything = *Filter::Of({}, access::Scope());
  EXPECT_EQ(FieldsOf(batch, everything, 10), "onetwo");
  EXPECT_EQ(FieldsOf(batch, everything, 11), "two");
  EXPECT_EQ(FieldsOf(batch, everything, 13), "");
  v1::WatchChangesRequest request;
  request.add_kinds("b");
  EXPECT_EQ(FieldsOf(batch, *Filter::Of(request, access::Scope()), 10), "two");
}

}  // namespace
}  // namespace qinglian::journal
