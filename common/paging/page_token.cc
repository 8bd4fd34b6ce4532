#include "common/paging/page_token.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"
#include "common/paging/page_token.pb.h"
#include "common/status/catalogue.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::paging {
namespace {

constexpr uint32_t kVersion = 1;
// Half of SHA-256: 128 bits keep a forger busy for ever.
constexpr size_t kMacSize = 16;

}  // namespace

TokenCodec::TokenCodec(std::vector<std::string> keys) : keys_(std::move(keys)) {}

std::string TokenCodec::Mac(const std::string& key, std::string_view text) const {
  const std::string input =
      absl::StrCat("page token", status::View(text));  // the keys serve other kinds of tokens too
  return crypto::Hmac(key, input).substr(0, kMacSize);
}

std::string TokenCodec::Encode(std::string_view question, const Position& position) const {
  PageToken token;
  token.set_version(kVersion);
  token.set_question(crypto::Sha256(question));
  token.set_key(position.key);
  token.set_id(position.id);
  const std::string body = token.SerializeAsString();
  return absl::WebSafeBase64Escape(absl::StrCat(Mac(keys_.front(), body), body));
}

absl::StatusOr<Position> TokenCodec::Decode(std::string_view question,
                                            std::string_view token) const {
  const absl::Status refused = status::Error(status::kPageTokenInvalid);
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(status::View(token), &bytes) || bytes.size() <= kMacSize)
    return refused;
  const std::string_view body = std::string_view(bytes).substr(kMacSize);
  bool genuine = false;
  for (const std::string& key : keys_) {
    genuine =
        genuine || crypto::SameBytes(Mac(key, body), std::string_view(bytes).substr(0, kMacSize));
  }
  PageToken opened;
  if (!genuine || !opened.ParseFromArray(body.data(), static_cast<int>(body.size())))
    return refused;
  if (opened.version() != kVersion || opened.question() != crypto::Sha256(question)) return refused;
  return Position{opened.key(), opened.id()};
}

}  // namespace qinglian::paging
