#include "common/seal/sealing_keys.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/secret_file.h"
#include "common/crypto/crypto.h"
#include "common/log/log.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::seal {
namespace {

constexpr size_t kHexDigits = 64;
constexpr int64_t kLookEveryNs = 1'000'000'000;
constexpr absl::string_view kDigest = "digest";

int64_t NowNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

bool IsKey(absl::string_view text) {
  return text.size() == kHexDigits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == absl::string_view::npos;
}

bool AddLine(absl::string_view line, KeyVersions& keys) {
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ', absl::SkipEmpty());
  if (parts.size() != 2 || !IsKey(parts[1])) return false;
  if (parts[0] == kDigest) {
    const bool first = keys.digest_key.empty();
    keys.digest_key = absl::HexStringToBytes(parts[1]);
    return first;
  }
  int64_t version = 0;
  return absl::SimpleAtoi(parts[0], &version) && version > 0 &&
         keys.keys.emplace(version, absl::HexStringToBytes(parts[1])).second;
}

absl::Status Invalid(const std::string& what) {
  return status::Error(status::kConfigInvalid,
                       {{"detail", absl::StrCat(what, " is not a file of sealing keys")}});
}

absl::StatusOr<std::shared_ptr<const KeyVersions>> Read(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, config::ReadSecretFile(path));
  std::optional<KeyVersions> keys = ParseKeys(text);
  crypto::Cleanse(text);
  if (!keys.has_value()) return Invalid(path);
  return std::make_shared<const KeyVersions>(*std::move(keys));
}

std::string Line(absl::string_view name, const std::string& key) {
  return absl::StrCat(name, " ", absl::BytesToHexString(key), "\n");
}

}  // namespace

std::optional<KeyVersions> ParseKeys(std::string_view text) {
  KeyVersions keys;
  for (absl::string_view line : absl::StrSplit(status::View(text), '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty() && !AddLine(line, keys)) return std::nullopt;
  }
  if (keys.digest_key.empty() || keys.keys.empty()) return std::nullopt;
  return keys;
}

absl::StatusOr<std::string> WithNewVersion(const std::string& text) {
  if (text.empty()) return Line(kDigest, crypto::NewKey()) + Line("1", crypto::NewKey());
  const std::optional<KeyVersions> keys = ParseKeys(text);
  if (!keys.has_value()) return Invalid("what is there");
  const char* separator = text.back() == '\n' ? "" : "\n";
  return absl::StrCat(text, separator, Line(absl::StrCat(keys->newest() + 1), crypto::NewKey()));
}

absl::StatusOr<std::shared_ptr<const SealingKeys>> SealingKeys::Load(std::string path) {
  std::shared_ptr<SealingKeys> keys(new SealingKeys(std::move(path)));
  ASSIGN_OR_RETURN(keys->keys_, Read(keys->path_));
  return keys;
}

std::shared_ptr<const KeyVersions> SealingKeys::Current() const {
  const int64_t now = NowNs();
  int64_t due = next_look_ns_.load(std::memory_order_relaxed);
  // One thread looks; the others take what there is.
  if (now >= due && next_look_ns_.compare_exchange_strong(due, now + kLookEveryNs)) Refresh();
  std::lock_guard lock(mutex_);
  return keys_;
}

std::shared_ptr<const KeyVersions> SealingKeys::With(int64_t version) const {
  std::shared_ptr<const KeyVersions> keys = Current();
  if (keys->keys.count(version) > 0) return keys;
  Refresh();
  std::lock_guard lock(mutex_);
  return keys_;
}

void SealingKeys::Refresh() const {
  absl::StatusOr<std::shared_ptr<const KeyVersions>> keys = Read(path_);
  std::lock_guard lock(mutex_);
  if (!keys.ok()) {
    if (!std::exchange(complained_, true))
      log::Error("sealing keys not read, the old ones stay", {{"error", keys.status()}});
    return;
  }
  complained_ = false;
  if ((*keys)->newest() != keys_->newest())
    log::Info("sealing keys changed", {{"newest_version", (*keys)->newest()}});
  keys_ = *std::move(keys);
}

}  // namespace qinglian::seal
