// The cryptography of the house, over OpenSSL's EVP.
//
// All functions are thread-safe and do not fail: what could make them fail (no memory, an OpenSSL
// without these algorithms) ends the process, because nothing that journals, tokens and evidence
// promise would hold any more.
#ifndef QINGLIAN_COMMON_CRYPTO_CRYPTO_H_
#define QINGLIAN_COMMON_CRYPTO_CRYPTO_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qinglian::crypto {

inline constexpr size_t kHashSize = 32;

// 32 bytes.
std::string Sha256(std::string_view data);

// SHA-256 of what comes bit by bit. Used by one thread.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;

  void Add(std::string_view data);
  // 32 bytes. Once, as the last call.
  std::string Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// HMAC-SHA-256, 32 bytes.
std::string Hmac(std::string_view key, std::string_view data);

// A key of 32 bytes for one purpose out of another key (HKDF-SHA-256, no salt).
std::string DeriveKey(std::string_view key, std::string_view purpose);

// AES-256-GCM with a random nonce: nonce (12 bytes), ciphertext, tag (16 bytes). `key` is 32 bytes.
// `bound_to` is authenticated with it and not part of it (additional data): what opens it must say
// the same.
std::string Seal(std::string_view key, std::string_view plaintext, std::string_view bound_to = {});

// The plaintext of what Seal made; nothing where a single bit is not as it was.
std::optional<std::string> Open(std::string_view key, std::string_view sealed,
                                std::string_view bound_to = {});

// 32 bytes that nobody can guess.
std::string NewKey();

// Overwrites a secret before its memory is given back, and empties it.
void Cleanse(std::string& secret);

// Equality in a time that does not depend on the contents.
bool SameBytes(std::string_view a, std::string_view b);

// Bytes that can be hashed: fields one after another, each with its length, so that no two lists of
// fields give the same bytes.
class Canonical {
 public:
  Canonical& Add(std::string_view bytes);
  Canonical& Add(const std::string& bytes) { return Add(std::string_view(bytes)); }
  Canonical& Add(const char* bytes) { return Add(std::string_view(bytes)); }
  Canonical& Add(uint64_t number);
  Canonical& Add(int64_t number) { return Add(static_cast<uint64_t>(number)); }
  // Tells what is absent from what is empty or zero.
  template <typename T>
  Canonical& Add(const std::optional<T>& value) {
    bytes_.push_back(value.has_value() ? '\1' : '\0');
    return value.has_value() ? Add(*value) : *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace qinglian::crypto

#endif  // QINGLIAN_COMMON_CRYPTO_CRYPTO_H_
