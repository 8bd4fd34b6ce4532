#include "common/evidence/intake.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/evidence/media_type.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::evidence {
namespace {

constexpr size_t kHeadBytes = 4096;

}  // namespace

std::string HexDigest(std::string_view digest) {
  return absl::BytesToHexString(status::View(digest));
}

std::string DigestOfHex(std::string_view text) {
  const bool valid =
      text.size() == 2 * crypto::kHashSize && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      });
  return valid ? absl::HexStringToBytes(status::View(text)) : std::string();
}

absl::StatusOr<Intake> Intake::Begin(Announcement announcement) {
  if (announcement.size_bytes > kMaxBytes) {
    return status::Error(status::kEvidenceTooLarge, {{"limit", absl::StrCat(kMaxBytes)}});
  }
  if (!IsTaken(announcement.media_type)) {
    return status::Error(status::kEvidenceTypeNotTaken, {{"media_type", announcement.media_type}});
  }
  return Intake(std::move(announcement));
}

absl::Status Intake::Add(std::string_view bytes, Keep keep) {
  const int64_t received = content_.size_bytes + static_cast<int64_t>(buffer_.size());
  if (static_cast<int64_t>(bytes.size()) > announcement_.size_bytes - received) {
    return status::Error(status::kEvidenceSizeMismatch,
                         {{"size", absl::StrCat(announcement_.size_bytes)}});
  }
  hash_.Add(bytes);
  while (!bytes.empty()) {
    const size_t part = std::min(bytes.size(), kPieceBytes - buffer_.size());
    buffer_.append(bytes.substr(0, part));
    bytes.remove_prefix(part);
    if (buffer_.size() == kPieceBytes) RETURN_IF_ERROR(Flush(keep));
  }
  return absl::OkStatus();
}

absl::Status Intake::Flush(Keep keep) {
  if (content_.pieces.empty() &&
      !LooksLike(announcement_.media_type, std::string_view(buffer_).substr(0, kHeadBytes))) {
    return status::Error(status::kEvidenceTypeMismatch, {{"media_type", announcement_.media_type}});
  }
  Piece piece{.digest = crypto::Sha256(buffer_), .content = buffer_};
  RETURN_IF_ERROR(keep(piece));
  content_.size_bytes += static_cast<int64_t>(buffer_.size());
  content_.pieces.push_back(std::move(piece.digest));
  buffer_.clear();
  return absl::OkStatus();
}

absl::StatusOr<Content> Intake::Finish(Keep keep) {
  if (!buffer_.empty()) RETURN_IF_ERROR(Flush(keep));
  if (content_.size_bytes != announcement_.size_bytes) {
    return status::Error(status::kEvidenceSizeMismatch,
                         {{"size", absl::StrCat(announcement_.size_bytes)}});
  }
  content_.digest = hash_.Finish();
  if (HexDigest(content_.digest) != announcement_.digest) {
    return status::Error(status::kEvidenceDigestMismatch);
  }
  return std::move(content_);
}

}  // namespace qinglian::evidence
