// The keys of identity tokens, from a file that may change while the program runs.
#ifndef QINGLIAN_COMMON_ACCESS_IDENTITY_KEYS_H_
#define QINGLIAN_COMMON_ACCESS_IDENTITY_KEYS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/access/identity_token.h"

namespace qinglian::access {

// Thread-safe. To change keys under load, give all programs a file with the new key as its second
// line, then one with the new key first, then one without the old key: each is read within a
// second, and tokens live for seconds.
class IdentityKeys {
 public:
  // Reads `path`: a key a line, 64 hexadecimal digits; the first makes tokens, all open them.
  // INVALID_ARGUMENT, reason CONFIG_INVALID, where the file cannot be read, holds no key, or others
  // than its owner may read it.
  static absl::StatusOr<std::shared_ptr<const IdentityKeys>> Load(std::string path);

  // Keys that never change: 32 bytes each.
  static std::shared_ptr<const IdentityKeys> Fixed(std::vector<std::string> keys);

  // Looks at the file at most once a second; what cannot be read leaves the keys as they are, and
  // is logged once.
  std::shared_ptr<const IdentityTokens> Current() const;

 private:
  explicit IdentityKeys(std::string path) : path_(std::move(path)) {}
  void Refresh() const;

  const std::string path_;
  mutable std::atomic<int64_t> next_look_ns_{0};
  mutable std::mutex mutex_;
  mutable std::string text_;
  mutable bool complained_ = false;
  mutable std::shared_ptr<const IdentityTokens> tokens_;
};

}  // namespace qinglian::access

#endif  // QINGLIAN_COMMON_ACCESS_IDENTITY_KEYS_H_
