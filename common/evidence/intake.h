// Content of an evidence file on its way in: cut into pieces, counted, hashed, and held against
// what was announced.
#ifndef QINGLIAN_COMMON_EVIDENCE_INTAKE_H_
#define QINGLIAN_COMMON_EVIDENCE_INTAKE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/crypto/crypto.h"

namespace qinglian::evidence {

// The largest file, and the size of its pieces but the last, in bytes.
inline constexpr int64_t kMaxBytes = 50 * 1024 * 1024;
inline constexpr size_t kPieceBytes = 1024 * 1024;

// A part of a file. `digest` is the 32 bytes of its SHA-256; `content` lives as long as the call it
// is given to.
struct Piece {
  std::string digest;
  std::string_view content;
};

// A file: the 32 bytes of its digest, its size, and the digests of its pieces in their order.
struct Content {
  std::string digest;
  int64_t size_bytes = 0;
  std::vector<std::string> pieces;
};

// 64 hexadecimal digits in lower case, and back; empty where `text` is not that.
std::string HexDigest(std::string_view digest);
std::string DigestOfHex(std::string_view text);

// What the sender says of a file before he sends it.
struct Announcement {
  // 64 hexadecimal digits in lower case.
  std::string digest;
  int64_t size_bytes = 0;
  std::string media_type;
};

// Takes one file. Used by one thread. All errors are INVALID_ARGUMENT unless they are those of
// `keep`, and after an error the intake is of no more use.
class Intake {
 public:
  // Keeps a piece; called in the order of the pieces.
  using Keep = absl::FunctionRef<absl::Status(const Piece&)>;

  // EVIDENCE_TOO_LARGE, EVIDENCE_TYPE_NOT_TAKEN.
  static absl::StatusOr<Intake> Begin(Announcement announcement);

  // The next bytes. EVIDENCE_TYPE_MISMATCH where the content does not begin as its type does;
  // EVIDENCE_SIZE_MISMATCH as soon as there are more than announced.
  absl::Status Add(std::string_view bytes, Keep keep);

  // The end. EVIDENCE_SIZE_MISMATCH, EVIDENCE_DIGEST_MISMATCH, EVIDENCE_TYPE_MISMATCH.
  absl::StatusOr<Content> Finish(Keep keep);

 private:
  explicit Intake(Announcement announcement) : announcement_(std::move(announcement)) {}
  absl::Status Flush(Keep keep);

  Announcement announcement_;
  crypto::Sha256Stream hash_;
  std::string buffer_;
  Content content_;
};

}  // namespace qinglian::evidence

#endif  // QINGLIAN_COMMON_EVIDENCE_INTAKE_H_
