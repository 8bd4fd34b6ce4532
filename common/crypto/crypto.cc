#include "common/crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

namespace qinglian::crypto {
namespace {

constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kKeySize = 32;

// Fatal, see the header.
void Must(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "cryptography failed: %s\n", what);
  std::abort();
}

unsigned char* Data(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
const unsigned char* Data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

// Fetched once: an implicit fetch at each use costs more than the hash of a small row.
const EVP_MD* Digest() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

}  // namespace

std::string Sha256(std::string_view data) {
  std::string hash(kHashSize, '\0');
  unsigned int size = 0;
  Must(EVP_Digest(data.data(), data.size(), Data(hash), &size, Digest(), nullptr) == 1, "SHA-256");
  return hash;
}

struct Sha256Stream::Context {
  ~Context() { EVP_MD_CTX_free(context); }
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  Must(EVP_DigestInit_ex(context_->context, Digest(), nullptr) == 1, "SHA-256");
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;

void Sha256Stream::Add(std::string_view data) {
  Must(EVP_DigestUpdate(context_->context, data.data(), data.size()) == 1, "SHA-256");
}

std::string Sha256Stream::Finish() {
  std::string hash(kHashSize, '\0');
  Must(EVP_DigestFinal_ex(context_->context, Data(hash), nullptr) == 1, "SHA-256");
  return hash;
}

std::string Hmac(std::string_view key, std::string_view data) {
  std::string hash(kHashSize, '\0');
  size_t size = 0;
  Must(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(), Data(data),
                 data.size(), Data(hash), hash.size(), &size) != nullptr,
       "HMAC");
  return hash;
}

std::string DeriveKey(std::string_view key, std::string_view purpose) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, const_cast<char*>(key.data()),
                                        key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, const_cast<char*>(purpose.data()),
                                        purpose.size()),
      OSSL_PARAM_construct_end()};
  std::string derived(32, '\0');
  Must(EVP_KDF_derive(context, Data(derived), derived.size(), params) == 1, "HKDF");
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  return derived;
}

std::string Seal(std::string_view key, std::string_view plaintext, std::string_view bound_to) {
  Must(key.size() == kKeySize, "key size");
  std::string sealed(kNonceSize + plaintext.size() + kTagSize, '\0');
  Must(RAND_bytes(Data(sealed), kNonceSize) == 1, "random bytes");
  CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Data(key), Data(sealed)) == 1 &&
      (bound_to.empty() || EVP_EncryptUpdate(context.get(), nullptr, &size, Data(bound_to),
                                             static_cast<int>(bound_to.size())) == 1) &&
      EVP_EncryptUpdate(context.get(), Data(sealed) + kNonceSize, &size, Data(plaintext),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), Data(sealed) + kNonceSize + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize,
                          Data(sealed) + kNonceSize + plaintext.size()) == 1;
  Must(done, "AES-256-GCM");
  return sealed;
}

std::optional<std::string> Open(std::string_view key, std::string_view sealed,
                                std::string_view bound_to) {
  Must(key.size() == kKeySize, "key size");
  if (sealed.size() < kNonceSize + kTagSize) return std::nullopt;
  std::string_view ciphertext = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string plaintext(ciphertext.size(), '\0');
  CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  Must(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Data(key), Data(sealed)) == 1,
       "AES-256-GCM");
  if ((!bound_to.empty() && EVP_DecryptUpdate(context.get(), nullptr, &size, Data(bound_to),
                                              static_cast<int>(bound_to.size())) != 1) ||
      EVP_DecryptUpdate(context.get(), Data(plaintext), &size, Data(ciphertext),
                        static_cast<int>(ciphertext.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) != 1 ||
      EVP_DecryptFinal_ex(context.get(), Data(plaintext) + size, &size) != 1) {
    // What came out of it before the tag was found to be wrong is nobody's business.
    Cleanse(plaintext);
    return std::nullopt;
  }
  return plaintext;
}

std::string NewKey() {
  std::string key(kKeySize, '\0');
  Must(RAND_priv_bytes(Data(key), kKeySize) == 1, "random bytes");
  return key;
}

void Cleanse(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

bool SameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Canonical& Canonical::Add(uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes_.push_back(static_cast<char>(number >> shift));
  }
  return *this;
}

Canonical& Canonical::Add(std::string_view bytes) {
  Add(static_cast<uint64_t>(bytes.size()));
  bytes_.append(bytes);
  return *this;
}

}  // namespace qinglian::crypto
