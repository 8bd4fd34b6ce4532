#include "common/validate/formats.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "common/id/uuid.h"

namespace qinglian::validate {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The code point at `at`, which moves behind it.
char32_t Next(std::string_view text, size_t& at) {
  const auto lead = static_cast<uint8_t>(text[at++]);
  int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  char32_t point = more == 0 ? lead : lead & (0x3F >> more);
  for (; more > 0 && at < text.size(); --more)
    point = point << 6 | (static_cast<uint8_t>(text[at++]) & 0x3F);
  return point;
}

// Cc, and the two separators that break lines as control characters do.
// Also what turns the direction of the text after it: it would show another text than is kept.
bool IsControl(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

bool IsSpace(char32_t point) {
  return point == ' ' || point == 0xA0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200B) ||
         point == 0x202F || point == 0x205F || point == 0x3000 || point == 0xFEFF;
}

bool IsText(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const char32_t point = Next(text, at);
    if (IsControl(point) && point != '\n' && point != '\r' && point != '\t') return false;
  }
  return true;
}

bool IsLine(std::string_view text) {
  char32_t last = 0;
  for (size_t at = 0; at < text.size();) {
    const bool first = at == 0;
    last = Next(text, at);
    if (IsControl(last) || (first && IsSpace(last))) return false;
  }
  return !IsSpace(last);
}

bool IsDivisionCode(std::string_view text) {
  constexpr std::array<size_t, 5> kLengths = {2, 4, 6, 9, 12};
  return std::find(kLengths.begin(), kLengths.end(), text.size()) != kLengths.end() &&
         std::all_of(text.begin(), text.end(), IsDigit);
}

// YYYYMMDD. Digits are known to be digits.
bool IsDay(std::string_view text) {
  const auto number = [&](size_t at, size_t size) {
    int value = 0;
    for (char c : text.substr(at, size)) value = value * 10 + (c - '0');
    return value;
  };
  const std::chrono::year_month_day day(std::chrono::year(number(0, 4)),
                                        std::chrono::month(number(4, 2)),
                                        std::chrono::day(number(6, 2)));
  return day.ok() && number(0, 4) >= 1800 && number(0, 4) < 2200;
}

bool IsSha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return IsDigit(c) || (c >= 'a' && c <= 'f');
         });
}

bool IsEtag(std::string_view text) {
  return text.size() >= 3 && text.size() <= 64 && text.front() == '"' && text.back() == '"' &&
         std::all_of(text.begin() + 1, text.end() - 1,
                     [](char c) { return c > ' ' && c < 0x7F && c != '"'; });
}

}  // namespace

size_t Length(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; });
}

bool IsCreditCode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  constexpr size_t kSize = 18;
  if (text.size() != kSize || !std::all_of(text.begin() + 2, text.begin() + 8, IsDigit))
    return false;
  size_t sum = 0;
  size_t weight = 1;  // powers of 3 modulo 31
  for (size_t i = 0; i < kSize; ++i) {
    const size_t value = kDigits.find(text[i]);
    if (value == std::string_view::npos) return false;
    // The check character makes the weighted sum, itself counted once, a multiple of 31.
    sum += i + 1 < kSize ? value * weight : value;
    weight = weight * 3 % 31;
  }
  return sum % 31 == 0;
}

bool IsIdentityNumber(std::string_view text) {
  constexpr std::string_view kCheck = "10X98765432";
  constexpr size_t kSize = 18;
  if (text.size() != kSize || !std::all_of(text.begin(), text.end() - 1, IsDigit)) return false;
  int sum = 0;
  int weight = 1;  // powers of 2 modulo 11, from the right
  for (size_t i = kSize - 1; i-- > 0;) {
    weight = weight * 2 % 11;
    sum += (text[i] - '0') * weight;
  }
  return text.back() == kCheck[static_cast<size_t>(sum % 11)] && IsDay(text.substr(6, 8));
}

bool HasFormat(v1::Format format, std::string_view text) {
  switch (format) {
    case v1::FORMAT_UUID:
      return id::Uuid::Parse(text).ok();
    case v1::FORMAT_CREDIT_CODE:
      return IsCreditCode(text);
    case v1::FORMAT_DIVISION_CODE:
      return IsDivisionCode(text);
    case v1::FORMAT_SHA256:
      return IsSha256(text);
    case v1::FORMAT_LINE:
      return IsLine(text);
    case v1::FORMAT_TEXT:
      return IsText(text);
    case v1::FORMAT_ETAG:
      return IsEtag(text);
    case v1::FORMAT_IDENTITY_NUMBER:
      return IsIdentityNumber(text);
    default:
      return true;
  }
}

}  // namespace qinglian::validate
