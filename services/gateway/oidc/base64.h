// base64url as tokens and key sets need it: one spelling of each text, and no other. Private to
// this folder.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_BASE64_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_BASE64_H_

#include <algorithm>
#include <optional>

#include "absl/strings/string_view.h"

namespace qinglian::gateway::oidc {

// What a character of base64url stands for; nothing for any other.
inline std::optional<unsigned> SixBits(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  if (c == '_') return 63;
  return std::nullopt;
}

// Without padding, spaces or bits that stand for nothing. Libraries differ in what else they take,
// and here two of them read; one of them ends the process where a single character is left over.
inline bool IsBase64Url(absl::string_view text) {
  if (text.empty() || text.size() % 4 == 1) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return SixBits(c).has_value(); }))
    return false;
  constexpr unsigned kUnused[] = {0, 0, 0b1111, 0b11};
  return (*SixBits(text.back()) & kUnused[text.size() % 4]) == 0;
}

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_BASE64_H_
