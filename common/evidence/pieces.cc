#include "common/evidence/pieces.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::evidence {

absl::Status KeepPiece(mysql::Connection& connection, const Piece& piece) {
  return connection
      .Execute(
          "INSERT INTO evidence_pieces (digest, content, touch_time) VALUES (?, ?, NOW(6)) "
          "ON DUPLICATE KEY UPDATE touch_time = NOW(6)",
          {piece.digest, piece.content})
      .status();
}

absl::Status KeepContent(mysql::Connection& connection, const Content& content) {
  // Two uploads of the same file meet here: the second waits for the first and finds it done.
  RETURN_IF_ERROR(connection
                      .Execute("INSERT INTO evidence_contents (digest, size_bytes) VALUES "
                               "(?, ?) ON DUPLICATE KEY UPDATE digest = digest",
                               {content.digest, content.size_bytes})
                      .status());
  ASSIGN_OR_RETURN(
      mysql::Rows known,
      connection.Query("SELECT COUNT(*) FROM evidence_content_pieces WHERE content = ?",
                       {content.digest}));
  known.Next();
  if (known.Int(0) > 0) return absl::OkStatus();
  for (size_t i = 0; i < content.pieces.size(); ++i) {
    ASSIGN_OR_RETURN(
        const int64_t kept,
        connection.Execute("INSERT INTO evidence_content_pieces (content, ordinal, piece) "
                           "SELECT ?, ?, digest FROM evidence_pieces WHERE digest = ?",
                           {content.digest, static_cast<int64_t>(i), content.pieces[i]}));
    if (kept != 1) return status::Error(status::kConflict);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Content>> FindContent(mysql::Connection& connection,
                                                   std::string_view digest) {
  ASSIGN_OR_RETURN(
      mysql::Rows found,
      connection.Query("SELECT size_bytes FROM evidence_contents WHERE digest = ?", {digest}));
  if (!found.Next()) return std::nullopt;
  Content content{.digest = std::string(digest), .size_bytes = found.Int(0), .pieces = {}};
  ASSIGN_OR_RETURN(
      mysql::Rows pieces,
      connection.Query(
          "SELECT piece FROM evidence_content_pieces WHERE content = ? ORDER BY ordinal",
          {digest}));
  while (pieces.Next()) content.pieces.push_back(pieces.Bytes(0));
  return content;
}

absl::StatusOr<std::string> ReadPiece(mysql::Connection& connection, std::string_view digest) {
  ASSIGN_OR_RETURN(
      mysql::Rows found,
      connection.Query("SELECT content FROM evidence_pieces WHERE digest = ?", {digest}));
  if (!found.Next()) {
    return status::Error(status::kEvidenceCorrupt, {{"digest", HexDigest(digest)}});
  }
  std::string content = found.Bytes(0);
  if (crypto::Sha256(content) != digest) {
    return status::Error(status::kEvidenceCorrupt, {{"digest", HexDigest(digest)}});
  }
  return content;
}

absl::StatusOr<bool> AllStored(mysql::Connection& connection,
                               const std::vector<std::string_view>& digests) {
  const std::set<std::string_view> distinct(digests.begin(), digests.end());
  for (std::string_view digest : distinct) {
    ASSIGN_OR_RETURN(mysql::Rows found,
                     connection.Query("SELECT 1 FROM evidence_contents WHERE digest = ?",
                                      {DigestOfHex(digest)}));
    if (!found.Next()) return false;
  }
  return true;
}

absl::StatusOr<int64_t> RemoveAbandoned(mysql::Connection& connection, absl::Duration age,
                                        int limit) {
  return connection.Execute(
      "DELETE FROM evidence_pieces WHERE touch_time < NOW(6) - INTERVAL ? MICROSECOND AND NOT "
      "EXISTS "
      "(SELECT 1 FROM evidence_content_pieces WHERE piece = evidence_pieces.digest) LIMIT ?",
      {absl::ToInt64Microseconds(age), limit});
}

}  // namespace qinglian::evidence
