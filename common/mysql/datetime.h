// DATETIME(6) and DATE as the protocol writes them. Private to this folder.
#ifndef QINGLIAN_COMMON_MYSQL_DATETIME_H_
#define QINGLIAN_COMMON_MYSQL_DATETIME_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace qinglian::mysql {

// "2026-07-01 08:00:00.000001" in UTC, truncated; nullopt outside the years 1 to 9999.
std::optional<std::string> FormatDateTime(absl::Time time);
// "2026-07-01"; nullopt outside the years 1 to 9999.
std::optional<std::string> FormatDay(absl::CivilDay day);

// Throw std::invalid_argument for what is no date or time: a column of another type.
absl::Time ParseDateTime(std::string_view text);
absl::CivilDay ParseDay(std::string_view text);

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_DATETIME_H_
