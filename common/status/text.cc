#include "common/status/text.h"

#include <algorithm>

namespace qinglian::status {
namespace {

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Length of the valid UTF-8 sequence at the start of `text`, or 0. Overlong forms, surrogates and
// values above U+10FFFF are not valid.
size_t SequenceLength(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(at(i))) return 0;
  }
  const unsigned char second = at(1);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return length;
}

}  // namespace

std::string CleanUtf8(std::string_view text, size_t max_bytes) {
  constexpr std::string_view kEllipsis = "…";
  std::string clean;
  clean.reserve(std::min(text.size(), max_bytes));
  // Where the text can be cut so that the ellipsis still fits.
  size_t cut = 0;
  while (!text.empty()) {
    const size_t length = SequenceLength(text);
    const size_t taken = std::max<size_t>(length, 1);
    if (clean.size() + taken > max_bytes) {
      clean.resize(cut);
      if (cut + kEllipsis.size() <= max_bytes) clean.append(kEllipsis);
      return clean;
    }
    if (length == 0) {
      clean.push_back('?');
    } else {
      clean.append(text.substr(0, length));
    }
    if (clean.size() + kEllipsis.size() <= max_bytes) cut = clean.size();
    text.remove_prefix(taken);
  }
  return clean;
}

}  // namespace qinglian::status
