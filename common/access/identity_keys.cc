#include "common/access/identity_keys.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/secret_file.h"
#include "common/log/log.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::access {
namespace {

constexpr size_t kHexDigits = 64;
constexpr int64_t kLookEveryNs = 1'000'000'000;

int64_t NowNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

absl::Status Invalid(const std::string& path, std::string_view why) {
  return status::Error(status::kConfigInvalid,
                       {{"detail", absl::StrCat(path, " ", std::string(why))}});
}

bool IsKey(absl::string_view line) {
  return line.size() == kHexDigits &&
         line.find_first_not_of("0123456789abcdefABCDEF") == absl::string_view::npos;
}

absl::StatusOr<std::vector<std::string>> KeysIn(const std::string& path, const std::string& text) {
  std::vector<std::string> keys;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    if (!IsKey(line)) return Invalid(path, "has a line that is not 64 hexadecimal digits");
    keys.push_back(absl::HexStringToBytes(line));
  }
  if (keys.empty()) return Invalid(path, "holds no key");
  return keys;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const IdentityKeys>> IdentityKeys::Load(std::string path) {
  if (path.empty()) {
    return status::Error(status::kConfigInvalid, {{"detail", "--identity_key_file is not set"}});
  }
  std::shared_ptr<IdentityKeys> keys(new IdentityKeys(std::move(path)));
  ASSIGN_OR_RETURN(keys->text_, config::ReadSecretFile(keys->path_));
  ASSIGN_OR_RETURN(std::vector<std::string> read, KeysIn(keys->path_, keys->text_));
  keys->tokens_ = std::make_shared<const IdentityTokens>(std::move(read));
  return keys;
}

std::shared_ptr<const IdentityKeys> IdentityKeys::Fixed(std::vector<std::string> keys) {
  std::shared_ptr<IdentityKeys> fixed(new IdentityKeys(""));
  fixed->tokens_ = std::make_shared<const IdentityTokens>(std::move(keys));
  return fixed;
}

std::shared_ptr<const IdentityTokens> IdentityKeys::Current() const {
  const int64_t now = NowNs();
  int64_t due = next_look_ns_.load(std::memory_order_relaxed);
  // One thread looks; the others take what there is.
  if (now >= due && !path_.empty() &&
      next_look_ns_.compare_exchange_strong(due, now + kLookEveryNs))
    Refresh();
  std::lock_guard lock(mutex_);
  return tokens_;
}

void IdentityKeys::Refresh() const {
  absl::StatusOr<std::string> text = config::ReadSecretFile(path_);
  absl::StatusOr<std::vector<std::string>> keys =
      text.ok() ? KeysIn(path_, *text) : absl::StatusOr<std::vector<std::string>>(text.status());
  std::lock_guard lock(mutex_);
  if (!keys.ok()) {
    if (!std::exchange(complained_, true))
      log::Error("identity keys not read, the old ones stay", {{"error", keys.status()}});
    return;
  }
  complained_ = false;
  if (*text == text_) return;
  text_ = *std::move(text);
  log::Info("identity keys changed", {{"count", static_cast<int64_t>(keys->size())}});
  tokens_ = std::make_shared<const IdentityTokens>(*std::move(keys));
}

}  // namespace qinglian::access
