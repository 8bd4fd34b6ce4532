#include "common/journal/resume_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/crypto/crypto.h"

namespace qinglian::journal {

TokenSealer::TokenSealer(std::string_view key, std::string_view purpose)
    : key_(crypto::DeriveKey(key, purpose)) {}

std::string TokenSealer::Seal(const google::protobuf::MessageLite& token) const {
  return absl::WebSafeBase64Escape(crypto::Seal(key_, token.SerializeAsString()));
}

bool TokenSealer::Open(std::string_view text, google::protobuf::MessageLite& token) const {
  std::string sealed;
  const std::string given(text);
  if (!absl::WebSafeBase64Unescape(given, &sealed)) return false;
  // The last character of base64 may hold bits that mean nothing: one text for each token.
  if (absl::WebSafeBase64Escape(sealed) != given) return false;
  const std::optional<std::string> opened = crypto::Open(key_, sealed);
  return opened.has_value() && token.ParseFromString(*opened);
}

}  // namespace qinglian::journal
