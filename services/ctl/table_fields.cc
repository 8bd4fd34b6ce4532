#include "services/ctl/table_fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace qinglian::ctl {

std::string FieldOf(const CsvRow& line, const std::string& column) {
  const auto field = line.fields.find(column);
  if (field == line.fields.end()) return "";
  return std::string(absl::StripAsciiWhitespace(field->second));
}

LineReader::LineReader(const CsvRow& line) : line_(line) {
  if (!line.wrong.empty()) fault_ = Fault{line.wrong_column, line.wrong, line.wrong};
}

std::optional<google::type::Date> LineReader::Day(const char* column) {
  const std::string word = FieldOf(line_, column);
  google::type::Date day;
  if (fault_.has_value() || word.empty()) return std::nullopt;
  if (ReadDay(word, &day)) return day;
  Refuse(column, "not a date such as 1998-06-30", "不是日期，应如 1998-06-30");
  return std::nullopt;
}

bool LineReader::Truth(const char* column) {
  bool value = false;
  if (!fault_.has_value() && !ReadTruth(FieldOf(line_, column), &value))
    Refuse(column, "neither yes nor no", "应为“是”或“否”");
  return value;
}

int32_t LineReader::Number(const char* column, bool required, const char* what,
                           const char* what_in_chinese) {
  const std::string word = FieldOf(line_, column);
  int32_t value = 0;
  if (fault_.has_value() || (word.empty() && !required)) return value;
  if (!absl::SimpleAtoi(word, &value)) Refuse(column, what, what_in_chinese);
  return value;
}

void LineReader::Refuse(const char* column, const char* why, const char* why_in_chinese) {
  fault_ = Fault{column, why, why_in_chinese};
}

}  // namespace qinglian::ctl
