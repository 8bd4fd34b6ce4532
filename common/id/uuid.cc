#include "common/id/uuid.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::id {
namespace {

constexpr size_t kTextSize = 36;

bool IsDashPosition(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// -1 for what is not a hexadecimal digit in lower case.
int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void FillRandom(uint8_t* bytes, size_t size) {
  // Without randomness ids could be guessed or collide; there is no way on.
  if (RAND_bytes(bytes, static_cast<int>(size)) != 1) std::abort();
}

}  // namespace

void Uuid::SetVersion(int version) {
  bytes_[6] = static_cast<uint8_t>((bytes_[6] & 0x0F) | (version << 4));
  bytes_[8] = static_cast<uint8_t>((bytes_[8] & 0x3F) | 0x80);
}

Uuid Uuid::NewV7(absl::Time now) {
  Uuid uuid;
  FillRandom(uuid.bytes_.data() + 6, kSize - 6);
  const uint64_t millis = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMillis(now)));
  for (int i = 0; i < 6; ++i) uuid.bytes_[i] = static_cast<uint8_t>(millis >> (40 - 8 * i));
  uuid.SetVersion(7);
  return uuid;
}

Uuid Uuid::NewV4() {
  Uuid uuid;
  FillRandom(uuid.bytes_.data(), kSize);
  uuid.SetVersion(4);
  return uuid;
}

Uuid Uuid::V5(const Uuid& ns, std::string_view name) {
  std::string input = ns.Bytes();
  input.append(name);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(input.data(), input.size(), digest, &size, EVP_sha1(), nullptr) != 1) std::abort();
  Uuid uuid;
  std::copy_n(digest, kSize, uuid.bytes_.begin());
  uuid.SetVersion(5);
  return uuid;
}

absl::StatusOr<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != kTextSize) return status::Error(status::kUuidInvalid);
  Uuid uuid;
  size_t digit = 0;
  for (size_t i = 0; i < kTextSize; ++i) {
    if (IsDashPosition(i)) {
      if (text[i] != '-') return status::Error(status::kUuidInvalid);
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return status::Error(status::kUuidInvalid);
    uuid.bytes_[digit / 2] = static_cast<uint8_t>(uuid.bytes_[digit / 2] << 4 | value);
    ++digit;
  }
  return uuid;
}

absl::StatusOr<Uuid> Uuid::FromBytes(std::string_view bytes) {
  if (bytes.size() != kSize) return status::Error(status::kUuidInvalid);
  Uuid uuid;
  std::copy(bytes.begin(), bytes.end(), uuid.bytes_.begin());
  return uuid;
}

std::string Uuid::ToString() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kTextSize, '-');
  size_t at = 0;
  for (const uint8_t byte : bytes_) {
    if (IsDashPosition(at)) ++at;
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 15];
  }
  return text;
}

std::string Uuid::Bytes() const { return std::string(bytes_.begin(), bytes_.end()); }

absl::Time Uuid::time() const {
  int64_t millis = 0;
  for (int i = 0; i < 6; ++i) millis = millis << 8 | bytes_[i];
  return absl::FromUnixMillis(millis);
}

}  // namespace qinglian::id
