#include "common/evidence/intake.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/evidence/media_type.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::evidence {
namespace {

constexpr size_t kDigestBytes = 32;
constexpr size_t kHeadBytes = 4096;

// An OpenSSL without SHA-256, or no memory: nothing can be promised any more.
void Require(bool done) {
  if (!done) std::abort();
}

}  // namespace

// SHA-256 of what comes bit by bit.
class Intake::Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new()) {
    Require(context_ != nullptr && EVP_DigestInit_ex(context_, EVP_sha256(), nullptr) == 1);
  }
  ~Hash() { EVP_MD_CTX_free(context_); }
  Hash(const Hash&) = delete;
  Hash& operator=(const Hash&) = delete;

  void Add(std::string_view data) {
    Require(EVP_DigestUpdate(context_, data.data(), data.size()) == 1);
  }
  std::string Finish() {
    std::string digest(kDigestBytes, '\0');
    Require(EVP_DigestFinal_ex(context_, reinterpret_cast<unsigned char*>(digest.data()),
                               nullptr) == 1);
    return digest;
  }

 private:
  EVP_MD_CTX* context_;
};

std::string HexDigest(std::string_view digest) {
  return absl::BytesToHexString(status::View(digest));
}

std::string DigestOfHex(std::string_view text) {
  const bool valid =
      text.size() == 2 * kDigestBytes && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      });
  return valid ? absl::HexStringToBytes(status::View(text)) : std::string();
}

std::string Sha256(std::string_view data) {
  std::string digest(kDigestBytes, '\0');
  Require(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()),
                     nullptr, EVP_sha256(), nullptr) == 1);
  return digest;
}

Intake::Intake(Announcement announcement)
    : announcement_(std::move(announcement)), hash_(std::make_unique<Hash>()) {}
Intake::Intake(Intake&&) noexcept = default;
Intake::~Intake() = default;

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
  hash_->Add(bytes);
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
  Piece piece{.digest = Sha256(buffer_), .content = buffer_};
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
  content_.digest = hash_->Finish();
  if (HexDigest(content_.digest) != announcement_.digest) {
    return status::Error(status::kEvidenceDigestMismatch);
  }
  return std::move(content_);
}

}  // namespace qinglian::evidence
