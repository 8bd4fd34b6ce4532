// What stands in the tables of clerks: columns and values in English and in Chinese.
#ifndef QINGLIAN_SERVICES_CTL_TABLE_WORDS_H_
#define QINGLIAN_SERVICES_CTL_TABLE_WORDS_H_

#include <map>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/generated_enum_reflection.h"
#include "google/type/date.pb.h"

namespace qinglian::ctl {

// A column of a kind of table.
struct Column {
  // As rows know it.
  std::string english;
  std::string chinese;
  bool required = false;
  // Taken where it is there, and never written.
  bool only_read = false;
  // What stands there is in no report.
  bool secret = false;
};

// A kind of table.
struct TableFormat {
  std::vector<Column> columns;
  // The columns by the fields of import rows that they fill, where they are called otherwise.
  std::map<std::string, std::string> fields;

  std::vector<std::string> Required() const;
  // The English names by the Chinese ones.
  std::map<std::string, std::string> Aliases() const;
  // The names of the columns that are written.
  std::vector<std::string> Header(bool chinese) const;
  // The column that a field of an import row came from, such as `superior` for `parent`.
  std::string ColumnOf(const std::string& field) const;
};

// What a fault of a row is called in a report's own columns, which imports pass over.
inline constexpr char kLineColumn[] = "line";
inline constexpr char kReasonColumn[] = "reason";
inline constexpr char kLineColumnInChinese[] = "行号";
inline constexpr char kReasonColumnInChinese[] = "原因";

// Whether a header is in Chinese: as soon as one of its columns is.
bool IsChinese(const TableFormat& format, const std::vector<std::string>& header);

// The number of the value that a word stands for: the name of the value without its prefix, or one
// of its words in Chinese. 0 where there is none.
int NumberOf(const google::protobuf::EnumDescriptor& type, const std::string& word);

// The word of a value: in English its name without its prefix. Empty for the value 0.
std::string WordOf(const google::protobuf::EnumDescriptor& type, int number, bool chinese);

// Reads an enum value; false where no value has this word.
template <class Enum>
bool ReadWord(const std::string& word, Enum* value) {
  const int number = NumberOf(*google::protobuf::GetEnumDescriptor<Enum>(), word);
  if (number != 0) *value = static_cast<Enum>(number);
  return number != 0;
}

// yes, true, 1, 是; no, false, 0, 否 and nothing. False where it is neither.
bool ReadTruth(const std::string& word, bool* value);
std::string WordOf(bool value, bool chinese);

// A day: 1998-06-30, 1998/6/30, 1998.6.30 or 1998年6月30日. False where it is none.
bool ReadDay(const std::string& word, google::type::Date* day);
// 1998-06-30; empty where it is not set.
std::string WordOf(const google::type::Date& day);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_TABLE_WORDS_H_
