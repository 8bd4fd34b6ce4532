// How lines of tables are taken apart: what all kinds of tables have in common.
#ifndef QINGLIAN_SERVICES_CTL_TABLE_FIELDS_H_
#define QINGLIAN_SERVICES_CTL_TABLE_FIELDS_H_

#include <optional>
#include <string>

#include "services/ctl/csv.h"
#include "services/ctl/import_tables.h"

namespace qinglian::ctl {

// A field without the blanks around it; empty where the file has no such column.
std::string FieldOf(const CsvRow& line, const std::string& column);

// Reads the fields of a line until one is wrong. Used by one thread.
class LineReader {
 public:
  explicit LineReader(const CsvRow& line);

  // Each leaves `value` as it is where the field is empty and not required.
  template <class Enum>
  void Word(const char* column, bool required, const char* what, const char* what_in_chinese,
            Enum* value) {
    const std::string word = FieldOf(line_, column);
    if (fault_.has_value() || (word.empty() && !required)) return;
    if (!ReadWord(word, value)) Refuse(column, what, what_in_chinese);
  }
  // The day of a field; nothing where it is empty.
  std::optional<google::type::Date> Day(const char* column);
  bool Truth(const char* column);
  // A number; 0 where the field is empty and not required.
  int32_t Number(const char* column, bool required, const char* what, const char* what_in_chinese);

  // What was wrong first.
  const std::optional<Fault>& fault() const { return fault_; }

 private:
  void Refuse(const char* column, const char* why, const char* why_in_chinese);

  const CsvRow& line_;
  std::optional<Fault> fault_;
};

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_TABLE_FIELDS_H_
