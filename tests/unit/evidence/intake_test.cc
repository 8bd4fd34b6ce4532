#include "common/evidence/intake.h"

#include "common/crypto/crypto.h"
#include "common/evidence/media_type.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace qinglian::evidence {
namespace {

using testing::SizeIs;

// A document of so many bytes.
std::string Pdf(size_t size) {
  std::string content = "%PDF-1.7\n";
  for (uint32_t i = 0; content.size() < size; ++i) content += std::to_string(i * 2654435761u);
  content.resize(size);
  return content;
}

Announcement Of(std::string_view content, std::string media_type = "application/pdf") {
  return {.digest = HexDigest(crypto::Sha256(content)),
          .size_bytes = static_cast<int64_t>(content.size()),
          .media_type = std::move(media_type)};
}

// Sends `content` in chunks; what was kept goes to `kept`.
absl::StatusOr<Content> Send(Announcement announcement, std::string_view content, size_t chunk,
                             std::string& kept) {
  auto intake = Intake::Begin(std::move(announcement));
  if (!intake.ok()) return intake.status();
  const auto keep = [&kept](const Piece& piece) {
    EXPECT_EQ(piece.digest, crypto::Sha256(piece.content));
    kept += piece.content;
    return absl::OkStatus();
  };
  while (!content.empty()) {
    const absl::Status added = intake->Add(content.substr(0, chunk), keep);
    if (!added.ok()) return added;
    content.remove_prefix(std::min(chunk, content.size()));
  }
  return intake->Finish(keep);
}

TEST(Intake, WhatComesInAnyChunksIsKeptInPiecesOfOneSize) {
  const std::string content = Pdf(2 * kPieceBytes + 77);
  std::vector<std::string> pieces;
  for (size_t chunk : {size_t{1000}, kPieceBytes, kPieceBytes + 1, content.size()}) {
    std::string kept;
    const auto result = Send(Of(content), content, chunk, kept);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(kept, content);
    EXPECT_THAT(result->pieces, SizeIs(3));
    EXPECT_EQ(result->size_bytes, static_cast<int64_t>(content.size()));
    if (!pieces.empty()) {
      EXPECT_EQ(result->pieces, pieces);
    }
    pieces = result->pieces;
  }
}

TEST(Intake, WhatIsNotAsAnnouncedIsRefused) {
  const std::string content = Pdf(3000);
  std::string kept;
  Announcement other_digest = Of(content);
  other_digest.digest = HexDigest(crypto::Sha256("other"));
  Announcement shorter = Of(content);
  --shorter.size_bytes;
  Announcement longer = Of(content);
  ++longer.size_bytes;
  EXPECT_TRUE(
      status::Is(Send(other_digest, content, 100, kept).status(), status::kEvidenceDigestMismatch));
  EXPECT_TRUE(
      status::Is(Send(shorter, content, 100, kept).status(), status::kEvidenceSizeMismatch));
  EXPECT_TRUE(status::Is(Send(longer, content, 100, kept).status(), status::kEvidenceSizeMismatch));
  EXPECT_TRUE(status::Is(Send(Of(content, "image/png"), content, 100, kept).status(),
                         status::kEvidenceTypeMismatch));
  EXPECT_TRUE(status::Is(Send(Of(content, "text/html"), content, 100, kept).status(),
                         status::kEvidenceTypeNotTaken));
}

TEST(Intake, FiftyMegabytesAreTakenAndNotAByteMore) {
  Announcement announcement{
      .digest = std::string(64, '0'), .size_bytes = kMaxBytes, .media_type = "application/pdf"};
  EXPECT_TRUE(Intake::Begin(announcement).ok());
  ++announcement.size_bytes;
  EXPECT_TRUE(status::Is(Intake::Begin(announcement).status(), status::kEvidenceTooLarge));
}

TEST(Intake, AKeeperWhoFailsEndsTheUpload) {
  const std::string content = Pdf(10);
  auto intake = Intake::Begin(Of(content));
  ASSERT_TRUE(intake.ok());
  const auto keep = [](const Piece&) { return status::Error(status::kDatabaseUnavailable); };
  ASSERT_TRUE(intake->Add(content, keep).ok()) << "less than a piece is kept at the end only";
  EXPECT_TRUE(status::Is(intake->Finish(keep).status(), status::kDatabaseUnavailable));
}

TEST(Digests, OnlySixtyFourLowerCaseDigitsAreADigest) {
  const std::string digest = crypto::Sha256("x");
  EXPECT_EQ(DigestOfHex(HexDigest(digest)), digest);
  EXPECT_EQ(DigestOfHex(std::string(63, 'a')), "");
  EXPECT_EQ(DigestOfHex(std::string(64, 'A')), "");
  EXPECT_EQ(DigestOfHex(std::string(64, 'g')), "");
}

TEST(MediaType, ContentIsHeldAgainstTheSignatureOfItsType) {
  using std::string_view_literals::operator""sv;
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"application/pdf", "%PDF-1.4"},
      {"application/ofd", "PK\x03\x04..."},
      {"application/msword", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"},
      {"image/png", "\x89PNG\r\n\x1A\n"},
      {"image/jpeg", "\xFF\xD8\xFF\xE0"},
      {"image/tiff", "MM\0*"sv},
      {"audio/wav", "RIFF\0\0\0\0WAVE"sv},
      {"video/mp4",
       "\0\0\0\x18"
       "ftypmp42"sv},
  };
  for (const auto& [type, head] : rows) {
    for (std::string_view other : TakenMediaTypes()) {
      const bool zip_or_same = other == type ||
                               (head.substr(0, 2) == "PK" && LooksLike(other, "PK\x03\x04")) ||
                               (type == "application/msword" && LooksLike(other, head));
      const bool text = other.substr(0, 5) == "text/";
      if (text) continue;
      EXPECT_EQ(LooksLike(other, head), zip_or_same) << type << " as " << other;
    }
  }
  EXPECT_TRUE(LooksLike("text/plain", "情况说明"));
  EXPECT_FALSE(LooksLike("text/plain", "a\0b"sv));
  EXPECT_FALSE(LooksLike("text/html", "<html>"));
  EXPECT_FALSE(LooksLike("audio/wav", "RIFF"));
}

}  // namespace
}  // namespace qinglian::evidence
