#include "common/crypto/crypto.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace qinglian::crypto {
namespace {

TEST(Crypto, HashesMatchPublishedVectors) {
  EXPECT_EQ(absl::BytesToHexString(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // RFC 4231, case 2.
  EXPECT_EQ(absl::BytesToHexString(Hmac("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Crypto, AHashInPiecesIsTheHashOfTheWhole) {
  Sha256Stream stream;
  stream.Add("a");
  stream.Add("");
  Sha256Stream moved = std::move(stream);
  moved.Add("bc");
  EXPECT_EQ(moved.Finish(), Sha256("abc"));
}

TEST(Crypto, WhatIsSealedOpensWithItsKeyAndUnchangedOnly) {
  const std::string key(32, 'k');
  std::string sealed = Seal(key, "plain");
  EXPECT_NE(sealed, Seal(key, "plain"));
  EXPECT_EQ(Open(key, sealed), "plain");
  EXPECT_EQ(Open(std::string(32, 'x'), sealed), std::nullopt);
  for (char& byte : sealed) {
    byte ^= 1;
    EXPECT_EQ(Open(key, sealed), std::nullopt);
    byte ^= 1;
  }
  EXPECT_EQ(Open(key, "short"), std::nullopt);
}

TEST(Crypto, WhatIsSealedForOnePlaceDoesNotOpenInAnother) {
  const std::string key(32, 'k');
  const std::string sealed = Seal(key, "plain", "here");
  EXPECT_EQ(Open(key, sealed, "here"), "plain");
  EXPECT_EQ(Open(key, sealed, "there"), std::nullopt);
  EXPECT_EQ(Open(key, sealed), std::nullopt);
}

TEST(Crypto, CanonicalBytesTellListsOfFieldsApart) {
  EXPECT_NE(Canonical().Add("ab").Add("c").bytes(), Canonical().Add("a").Add("bc").bytes());
  EXPECT_NE(Canonical().Add(std::optional<std::string>()).bytes(),
            Canonical().Add(std::optional<std::string>("")).bytes());
}

}  // namespace
}  // namespace qinglian::crypto
