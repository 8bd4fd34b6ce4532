#include "common/evidence/pieces.h"

#include <fstream>
#include <iterator>
#include <thread>

#include "common/crypto/crypto.h"
#include "common/mysql/transact.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "gtest/gtest.h"
#include "tests/support/database.h"

namespace qinglian::evidence {
namespace {

class PiecesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(QINGLIAN_SOURCE_DIR "/common/evidence/schema.sql");
    database_.Run(std::string(std::istreambuf_iterator<char>(file), {}));
  }

  // Keeps the pieces of a content but not the content.
  absl::StatusOr<Content> KeepPieces(mysql::Connection& connection,
                                     const std::vector<std::string>& parts) {
    Content content;
    std::string whole;
    for (const std::string& part : parts) {
      RETURN_IF_ERROR(KeepPiece(connection, {.digest = crypto::Sha256(part), .content = part}));
      content.pieces.push_back(crypto::Sha256(part));
      whole += part;
    }
    content.digest = crypto::Sha256(whole);
    content.size_bytes = static_cast<int64_t>(whole.size());
    return content;
  }

  test::TestDatabase database_;
};

TEST_F(PiecesTest, WhatIsKeptIsReadBack) {
  auto connection = database_.Open();
  const auto content = KeepPieces(*connection, {"one", std::string(1000, '\0'), "three"});
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_FALSE(FindContent(*connection, content->digest)->has_value());
  ASSERT_TRUE(KeepContent(*connection, *content).ok());
  const auto found = FindContent(*connection, content->digest);
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->pieces, content->pieces);
  EXPECT_EQ((*found)->size_bytes, 1008);
  EXPECT_EQ(*ReadPiece(*connection, content->pieces[1]), std::string(1000, '\0'));
  EXPECT_TRUE(*AllStored(*connection, {HexDigest(content->digest)}));
  EXPECT_FALSE(
      *AllStored(*connection, {HexDigest(content->digest), HexDigest(crypto::Sha256("no"))}));
  EXPECT_TRUE(*AllStored(*connection, {}));
}

TEST_F(PiecesTest, TheSameContentIsKeptOnceHoweverManyUploadIt) {
  std::vector<std::thread> uploads;
  for (int i = 0; i < 8; ++i) {
    uploads.emplace_back([this] {
      mysql::Session session(database_.options());
      for (int round = 0; round < 10; ++round) {
        const absl::Status kept =
            mysql::Transact(session, {.retries = 50}, [&](mysql::Connection& c) -> absl::Status {
              ASSIGN_OR_RETURN(const Content content, KeepPieces(c, {"same", "again", "same"}));
              return KeepContent(c, content);
            });
        EXPECT_TRUE(kept.ok()) << kept;
      }
    });
  }
  for (std::thread& upload : uploads) upload.join();
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM evidence_pieces"), "2");
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM evidence_contents"), "1");
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM evidence_content_pieces"), "3");
}

TEST_F(PiecesTest, APieceThatWasAlteredOrLostIsNeverGivenOut) {
  auto connection = database_.Open();
  const auto content = KeepPieces(*connection, {"one", "two"});
  ASSERT_TRUE(content.ok() && KeepContent(*connection, *content).ok());
  database_.Run("UPDATE evidence_pieces SET content = 'onE' WHERE content = 'one'");
  database_.Run("DELETE FROM evidence_pieces WHERE content = 'two'");
  for (const std::string& piece : content->pieces) {
    const absl::Status read = ReadPiece(*connection, piece).status();
    EXPECT_EQ(read.code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(status::Is(read, status::kEvidenceCorrupt)) << read;
  }
}

TEST_F(PiecesTest, OnlyWhatAnUploadLeftBehindIsRemoved) {
  auto connection = database_.Open();
  const auto kept = KeepPieces(*connection, {"shared", "kept"});
  ASSERT_TRUE(kept.ok() && KeepContent(*connection, *kept).ok());
  ASSERT_TRUE(KeepPieces(*connection, {"shared", "left", "fresh"}).ok());
  database_.Run(
      "UPDATE evidence_pieces SET touch_time = touch_time - INTERVAL 2 DAY "
      "WHERE content <> 'fresh'");
  EXPECT_EQ(*RemoveAbandoned(*connection, absl::Hours(24), 100), 1);
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM evidence_pieces WHERE content = 'left'"), "0");
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM evidence_pieces"), "3");
}

TEST_F(PiecesTest, AContentWhosePiecesAreGoneIsNotKept) {
  auto connection = database_.Open();
  const auto content = KeepPieces(*connection, {"one", "two"});
  ASSERT_TRUE(content.ok());
  database_.Run("DELETE FROM evidence_pieces WHERE content = 'two'");
  mysql::Session session(database_.options());
  const absl::Status kept =
      mysql::Transact(session, {}, [&](mysql::Connection& c) { return KeepContent(c, *content); });
  EXPECT_TRUE(status::Is(kept, status::kConflict)) << kept;
  EXPECT_EQ(database_.Value("SELECT COUNT(*) FROM evidence_contents"), "0");
}

}  // namespace
}  // namespace qinglian::evidence
