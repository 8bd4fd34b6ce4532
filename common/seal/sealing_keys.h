// The keys of sealed values, from a file that may change while the program runs.
#ifndef QINGLIAN_COMMON_SEAL_SEALING_KEYS_H_
#define QINGLIAN_COMMON_SEAL_SEALING_KEYS_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace qinglian::seal {

// What the file said at one moment. Immutable.
struct KeyVersions {
  // What digests are made with, for ever the same: 32 bytes.
  std::string digest_key;
  // By version, 32 bytes each. Never empty.
  std::map<int64_t, std::string> keys;

  int64_t newest() const { return keys.rbegin()->first; }
};

// Reads the text of a key file: a line `digest <64 hexadecimal digits>` and lines
// `<version> <64 hexadecimal digits>`, versions from 1. Nothing where it is not that.
std::optional<KeyVersions> ParseKeys(std::string_view text);

// The text of a key file with one version more than `text` has: version 1, and the digest key,
// where it is empty. INVALID_ARGUMENT, reason CONFIG_INVALID, where it is not a key file's.
absl::StatusOr<std::string> WithNewVersion(const std::string& text);

// Thread-safe.
class SealingKeys {
 public:
  // INVALID_ARGUMENT, reason CONFIG_INVALID, where the file cannot be read, is not as ParseKeys
  // wants it, or may be read by others than its owner and his group.
  static absl::StatusOr<std::shared_ptr<const SealingKeys>> Load(std::string path);

  // Looks at the file at most once a second; what cannot be read leaves the keys as they are, and
  // is logged once.
  std::shared_ptr<const KeyVersions> Current() const;

  // The same, at once, where a version is wanted that is not known: another program may have read
  // the file before this one.
  std::shared_ptr<const KeyVersions> With(int64_t version) const;

 private:
  explicit SealingKeys(std::string path) : path_(std::move(path)) {}
  void Refresh() const;

  const std::string path_;
  mutable std::atomic<int64_t> next_look_ns_{0};
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  mutable bool complained_ = false;
  mutable std::shared_ptr<const KeyVersions> keys_;
};

}  // namespace qinglian::seal

#endif  // QINGLIAN_COMMON_SEAL_SEALING_KEYS_H_
