#include "common/mysql/datetime.h"

#include <stdexcept>

namespace qinglian::mysql {
namespace {

void Put(int64_t value, int digits, std::string* out) {
  size_t end = out->size() + digits;
  out->resize(end);
  for (int i = 1; i <= digits; ++i, value /= 10) (*out)[end - i] = '0' + value % 10;
}

int64_t Take(std::string_view text, size_t begin, size_t digits) {
  if (begin + digits > text.size()) throw std::invalid_argument("not a date or time");
  int64_t value = 0;
  for (size_t i = begin; i < begin + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') throw std::invalid_argument("not a date or time");
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

std::optional<std::string> FormatDay(absl::CivilDay day) {
  if (day.year() < 1 || day.year() > 9999) return std::nullopt;
  std::string result;
  result.reserve(26);
  Put(day.year(), 4, &result);
  result.push_back('-');
  Put(day.month(), 2, &result);
  result.push_back('-');
  Put(day.day(), 2, &result);
  return result;
}

std::optional<std::string> FormatDateTime(absl::Time time) {
  if (time == absl::InfiniteFuture() || time == absl::InfinitePast()) return std::nullopt;
  const int64_t seconds = absl::ToUnixSeconds(time);
  const absl::CivilSecond second = absl::CivilSecond(1970) + seconds;
  std::optional<std::string> result = FormatDay(absl::CivilDay(second));
  if (!result.has_value()) return std::nullopt;
  result->push_back(' ');
  Put(second.hour(), 2, &*result);
  result->push_back(':');
  Put(second.minute(), 2, &*result);
  result->push_back(':');
  Put(second.second(), 2, &*result);
  result->push_back('.');
  Put(absl::ToInt64Microseconds(time - absl::FromUnixSeconds(seconds)), 6, &*result);
  return result;
}

absl::CivilDay ParseDay(std::string_view text) {
  return absl::CivilDay(Take(text, 0, 4), Take(text, 5, 2), Take(text, 8, 2));
}

absl::Time ParseDateTime(std::string_view text) {
  absl::CivilSecond second(Take(text, 0, 4), Take(text, 5, 2), Take(text, 8, 2),
                           text.size() > 10 ? Take(text, 11, 2) : 0,
                           text.size() > 10 ? Take(text, 14, 2) : 0,
                           text.size() > 10 ? Take(text, 17, 2) : 0);
  int64_t micros = 0;
  if (text.size() > 20) {
    std::string_view fraction = text.substr(20, 6);
    micros = Take(fraction, 0, fraction.size());
    for (size_t i = fraction.size(); i < 6; ++i) micros *= 10;
  }
  // Days of UTC are all alike, so that no time zone need be asked.
  return absl::FromUnixSeconds(second - absl::CivilSecond(1970)) + absl::Microseconds(micros);
}

}  // namespace qinglian::mysql
