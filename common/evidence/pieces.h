// The content of evidence files in a service's own schema (schema.sql): pieces found by digest, so
// that what is uploaded twice is kept once.
//
// An upload keeps its pieces one by one, each in a transaction of its own, since a file is more
// than one transaction should be; the content that ties them together is kept in the transaction of
// the resource that describes it. Until then nobody sees them.
//
// Errors, besides those named: as of mysql::Connection. Not thread-safe but for what a Connection
// is.
#ifndef QINGLIAN_COMMON_EVIDENCE_PIECES_H_
#define QINGLIAN_COMMON_EVIDENCE_PIECES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/evidence/intake.h"
#include "common/mysql/mysql.h"

namespace qinglian::evidence {

// Keeps a piece, or notes that it is wanted again.
absl::Status KeepPiece(mysql::Connection& connection, const Piece& piece);

// Keeps a content whose pieces have been kept; nothing where it is there. ABORTED, CONFLICT, where
// a piece is missing: the upload took longer than pieces wait.
absl::Status KeepContent(mysql::Connection& connection, const Content& content);

// The content of a digest of 32 bytes; nothing where there is none.
absl::StatusOr<std::optional<Content>> FindContent(mysql::Connection& connection,
                                                   std::string_view digest);

// The bytes of a piece. DATA_LOSS, EVIDENCE_CORRUPT, where it is gone or is not what it was.
absl::StatusOr<std::string> ReadPiece(mysql::Connection& connection, std::string_view digest);

// Whether there is a content for each of the digests, given as 64 hexadecimal digits.
absl::StatusOr<bool> AllStored(mysql::Connection& connection,
                               const std::vector<std::string_view>& digests);

// Deletes up to `limit` pieces that no content has and that nobody has wanted for longer than
// `age`, which must be longer than any upload takes. Answers how many.
absl::StatusOr<int64_t> RemoveAbandoned(mysql::Connection& connection, absl::Duration age,
                                        int limit);

}  // namespace qinglian::evidence

#endif  // QINGLIAN_COMMON_EVIDENCE_PIECES_H_
