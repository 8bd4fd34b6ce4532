#include "common/log/json.h"

#include <charconv>
#include <cmath>

#include "common/status/text.h"

namespace qinglian::log {
namespace {

void AppendEscape(unsigned code, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[code >> shift & 0xF]);
}

// The code point at the start of `text` where it is one that must not stand in a line as it is,
// beyond ASCII: C1 controls (two bytes), line and paragraph separator, and the marks that turn the
// direction of writing (three bytes). 0 otherwise. `text` is valid UTF-8.
unsigned HarmfulAt(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (at(0) == 0xC2 && at(1) < 0xA0) return at(1);
  if (at(0) != 0xE2) return 0;
  const unsigned code = 0x2000u | (at(1) & 0x3Fu) << 6 | (at(2) & 0x3Fu);
  const bool harmful = (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
                       code == 0x200E || code == 0x200F;
  return harmful ? code : 0;
}

}  // namespace

void AppendJsonString(std::string_view text, size_t max_bytes, std::string& out) {
  const std::string clean = status::CleanUtf8(text, max_bytes);
  out.push_back('"');
  for (size_t i = 0; i < clean.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(clean[i]);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(clean[i]);
    } else if (c < 0x20 || c == 0x7F) {
      AppendEscape(c, out);
    } else if (const unsigned code = c < 0x80 ? 0 : HarmfulAt(std::string_view(clean).substr(i));
               code != 0) {
      AppendEscape(code, out);
      i += c == 0xC2 ? 1 : 2;
    } else {
      out.push_back(clean[i]);
    }
  }
  out.push_back('"');
}

void AppendJsonNumber(double value, std::string& out) {
  if (std::isnan(value)) {
    out.append("\"NaN\"");
    return;
  }
  if (std::isinf(value)) {
    out.append(value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return;
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  out.append(buffer, end);
}

}  // namespace qinglian::log
