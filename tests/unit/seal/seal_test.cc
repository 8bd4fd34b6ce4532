#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <type_traits>

#include "absl/strings/escaping.h"
#include "common/crypto/crypto.h"
#include "common/seal/sealed_values.h"
#include "common/seal/sealing_keys.h"
#include "common/status/status.h"

namespace qinglian::seal {
namespace {

const Place kPlace{"persons", std::string(16, '\7'), "identity_number"};

KeyVersions Keys(const std::map<int64_t, char>& keys) {
  KeyVersions versions;
  versions.digest_key = std::string(32, 'd');
  for (const auto& [version, byte] : keys) versions.keys[version] = std::string(32, byte);
  return versions;
}

std::string Opened(const KeyVersions& keys, const Place& place, const Envelope& envelope) {
  const absl::StatusOr<Secret> value = OpenEnvelope(keys, place, envelope);
  return value.ok() ? std::string(value->Reveal()) : value.status().ToString();
}

// Made by another program with another library (node's crypto): what was sealed once must open for
// as long as there are installations.
Envelope Known() {
  return {kAes256Gcm, 3,
          absl::HexStringToBytes(
              "02020202020202020202020271033d1dd57204699cf87c2cf8bb74ca2b200d20d926af918f5e82390c0e"
              "34ceb5964b201060f812e7cda6f068824fc8"),
          absl::HexStringToBytes(
              "010101010101010101010101b8ec6db1c3c6816667c69ce6c4bd3475a1526d787cd7ce")};
}

TEST(Envelope, WhatWasSealedBeforeOpens) {
  EXPECT_EQ(Opened(Keys({{3, 0x11}}), kPlace, Known()), "a value");
}

TEST(Envelope, OpensWithTheKeyOfItsVersionAndSaysWhichIsMissing) {
  const Envelope envelope = SealEnvelope(Keys({{1, 'a'}}), kPlace, Secret("a value"));
  EXPECT_EQ(envelope.key_version, 1);
  EXPECT_EQ(Opened(Keys({{1, 'a'}, {2, 'b'}}), kPlace, envelope), "a value");
  EXPECT_TRUE(absl::IsDataLoss(OpenEnvelope(Keys({{1, 'x'}}), kPlace, envelope).status()));
  const absl::Status missing = OpenEnvelope(Keys({{2, 'a'}}), kPlace, envelope).status();
  EXPECT_TRUE(status::Is(missing, status::kSealingKeyMissing));
  EXPECT_NE(missing.message().find("version 1"), absl::string_view::npos) << missing;
}

TEST(Envelope, EachValueHasAKeyOfItsOwn) {
  const KeyVersions keys = Keys({{1, 'a'}});
  const Envelope one = SealEnvelope(keys, kPlace, Secret("a value"));
  Envelope other = SealEnvelope(keys, kPlace, Secret("a value"));
  EXPECT_NE(one.ciphertext, other.ciphertext);
  other.ciphertext = one.ciphertext;
  EXPECT_TRUE(absl::IsDataLoss(OpenEnvelope(keys, kPlace, other).status()));
}

TEST(Envelope, OpensInItsPlaceAlone) {
  const KeyVersions keys = Keys({{1, 'a'}});
  const Envelope envelope = SealEnvelope(keys, kPlace, Secret("a value"));
  Place elsewhere[] = {kPlace, kPlace, kPlace};
  elsewhere[0].owner[15] ^= 1;
  elsewhere[1].field = "another";
  elsewhere[2].collection = "clients";
  for (const Place& place : elsewhere)
    EXPECT_TRUE(absl::IsDataLoss(OpenEnvelope(keys, place, envelope).status()));
}

TEST(Envelope, NoByteOfItCanBeChanged) {
  const KeyVersions keys = Keys({{1, 'a'}, {2, 'a'}});
  Envelope envelope = SealEnvelope(Keys({{1, 'a'}}), kPlace, Secret("a value"));
  for (std::string* part : {&envelope.wrapped_key, &envelope.ciphertext}) {
    for (char& byte : *part) {
      byte ^= 1;
      EXPECT_TRUE(absl::IsDataLoss(OpenEnvelope(keys, kPlace, envelope).status()));
      byte ^= 1;
    }
  }
  // Not even who has two versions with the same key may say that it was another.
  envelope.key_version = 2;
  EXPECT_TRUE(absl::IsDataLoss(OpenEnvelope(keys, kPlace, envelope).status()));
  envelope.key_version = 1;
  envelope.algorithm = 2;
  EXPECT_TRUE(absl::IsDataLoss(OpenEnvelope(keys, kPlace, envelope).status()));
}

TEST(Envelope, RotationChangesTheKeysWrappingAndLeavesTheValueAlone) {
  Envelope envelope = SealEnvelope(Keys({{1, 'a'}}), kPlace, Secret("a value"));
  const std::string ciphertext = envelope.ciphertext;
  ASSERT_TRUE(RewrapEnvelope(Keys({{1, 'a'}, {2, 'b'}}), kPlace, envelope).ok());
  EXPECT_EQ(envelope.key_version, 2);
  EXPECT_EQ(envelope.ciphertext, ciphertext);
  // The old key is needed no longer.
  EXPECT_EQ(Opened(Keys({{2, 'b'}}), kPlace, envelope), "a value");
}

TEST(Secret, CannotBeCopiedOrPrinted) {
  EXPECT_FALSE(std::is_copy_constructible_v<Secret>);
  EXPECT_FALSE(std::is_copy_assignable_v<Secret>);
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
}

TEST(Secret, LeavesNothingWhereItCameFrom) {
  std::string text = "a value that is longer than what fits into the string itself";
  const char* where = text.data();
  const Secret secret(std::move(text));
  EXPECT_EQ(secret.Reveal(), "a value that is longer than what fits into the string itself");
  EXPECT_TRUE(text.empty());  // NOLINT: that is what is tested
  EXPECT_EQ(where[0], '\0');
}

const std::string kDigestLine = "digest " + std::string(64, 'd') + "\n";
const std::string kFirst = "1 " + std::string(64, 'a') + "\n";

TEST(KeyFile, HasADigestKeyAndAtLeastOneVersion) {
  const auto keys = ParseKeys(kDigestLine + "\n" + kFirst + "7 " + std::string(64, 'b'));
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(keys->newest(), 7);
  EXPECT_EQ(keys->keys.at(1), std::string(32, '\xaa'));
  EXPECT_EQ(keys->digest_key, std::string(32, '\xdd'));
}

TEST(KeyFile, AnythingElseIsRefused) {
  for (const std::string& wrong :
       {std::string(), kDigestLine, kFirst, kDigestLine + kDigestLine + kFirst,
        kDigestLine + kFirst + kFirst, kDigestLine + "0 " + std::string(64, 'a'),
        kDigestLine + "-1 " + std::string(64, 'a'), kDigestLine + "1 " + std::string(63, 'a'),
        kDigestLine + "1 " + std::string(64, 'g'), kDigestLine + kFirst + "more"}) {
    EXPECT_FALSE(ParseKeys(wrong).has_value()) << wrong;
  }
}

TEST(KeyFile, ANewVersionLeavesTheOldOnesAndTheDigestKeyAsTheyAre) {
  const absl::StatusOr<std::string> first = WithNewVersion("");
  ASSERT_TRUE(first.ok());
  const absl::StatusOr<std::string> second = WithNewVersion(*first);
  ASSERT_TRUE(second.ok());
  const auto one = ParseKeys(*first), two = ParseKeys(*second);
  ASSERT_TRUE(one.has_value() && two.has_value());
  EXPECT_EQ(two->newest(), 2);
  EXPECT_EQ(two->keys.at(1), one->keys.at(1));
  EXPECT_NE(two->keys.at(2), one->keys.at(1));
  EXPECT_EQ(two->digest_key, one->digest_key);
  EXPECT_TRUE(status::Is(WithNewVersion("a letter").status(), status::kConfigInvalid));
}

class KeyFileOnDisk : public testing::Test {
 protected:
  KeyFileOnDisk() { close(mkstemp(path_.data())); }
  ~KeyFileOnDisk() override { std::filesystem::remove(path_); }
  void Write(const std::string& text) { std::ofstream(path_, std::ios::trunc) << text; }

  std::string path_ = (std::filesystem::temp_directory_path() / "qinglian-keys-XXXXXX").string();
};

TEST_F(KeyFileOnDisk, IsReadAnewWhereAVersionIsWantedThatIsNotKnown) {
  Write(kDigestLine + kFirst);
  const auto keys = SealingKeys::Load(path_);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ((*keys)->Current()->newest(), 1);
  Write(kDigestLine + kFirst + "2 " + std::string(64, 'b'));
  EXPECT_EQ((*keys)->With(2)->newest(), 2);
}

TEST_F(KeyFileOnDisk, ThatWasSpoiledLeavesTheKeysAsTheyAre) {
  Write(kDigestLine + kFirst);
  const auto keys = SealingKeys::Load(path_);
  ASSERT_TRUE(keys.ok()) << keys.status();
  Write("1 of");
  EXPECT_EQ((*keys)->With(2)->newest(), 1);
}

TEST_F(KeyFileOnDisk, ThatEverybodyMayReadIsRefusedWithoutAWordOfIt) {
  Write(kDigestLine + kFirst);
  chmod(path_.c_str(), 0644);
  const absl::Status status = SealingKeys::Load(path_).status();
  EXPECT_TRUE(status::Is(status, status::kConfigInvalid)) << status;
  EXPECT_EQ(status.message().find("aaaa"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace qinglian::seal
