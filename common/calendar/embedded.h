// The texts of data/*.csv.
#ifndef QINGLIAN_COMMON_CALENDAR_EMBEDDED_H_
#define QINGLIAN_COMMON_CALENDAR_EMBEDDED_H_

#include <string_view>

#include "absl/types/span.h"

namespace qinglian::calendar {

absl::Span<const std::string_view> EmbeddedYears();

}  // namespace qinglian::calendar

#endif  // QINGLIAN_COMMON_CALENDAR_EMBEDDED_H_
