// Small helpers on text that every library needs and none should write twice.
#ifndef QINGLIAN_COMMON_STATUS_TEXT_H_
#define QINGLIAN_COMMON_STATUS_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace qinglian::status {

// std::string_view as absl::string_view: in Debian's Abseil they are two types that do not convert,
// and absl::StrCat, StrSplit and their kin take only the second.
inline absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view StdView(absl::string_view text) { return {text.data(), text.size()}; }

// `text` as valid UTF-8 of at most `max_bytes` bytes: each byte that is not part of a valid
// sequence becomes '?', and what is too long is cut between characters and ends in "…".
std::string CleanUtf8(std::string_view text, size_t max_bytes);

}  // namespace qinglian::status

#endif  // QINGLIAN_COMMON_STATUS_TEXT_H_
