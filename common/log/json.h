// The JSON of a log line.
#ifndef QINGLIAN_COMMON_LOG_JSON_H_
#define QINGLIAN_COMMON_LOG_JSON_H_

#include <string>
#include <string_view>

namespace qinglian::log {

// Appends `text` as a JSON string. Bytes that are not UTF-8 become '?', what is beyond `max_bytes`
// is cut, and every control character is escaped, those of C1 and the line separators of Unicode
// too, because terminals and some readers of lines act on them.
void AppendJsonString(std::string_view text, size_t max_bytes, std::string& out);

// Appends `value` as a JSON number, the shortest that reads back as the same; as a string where
// JSON has no number for it ("NaN", "Infinity", "-Infinity").
void AppendJsonNumber(double value, std::string& out);

}  // namespace qinglian::log

#endif  // QINGLIAN_COMMON_LOG_JSON_H_
