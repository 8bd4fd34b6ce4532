// Reads CSV files (RFC 4180) row by row, however large they are, and writes their rows.
#ifndef QINGLIAN_SERVICES_CTL_CSV_H_
#define QINGLIAN_SERVICES_CTL_CSV_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "services/ctl/text_encoding.h"

namespace qinglian::ctl {

// A row: the line it begins on, counted from 1, and its fields by the header's names.
struct CsvRow {
  int64_t line = 0;
  std::map<std::string, std::string> fields;
  // The fields in their order, as they stand; of a row that is no CSV, its text in one.
  std::vector<std::string> cells;
  // What is wrong with the row as such; empty where nothing is. Then `fields` holds what could be
  // read, and `wrong_column` names the first column that is missing, or numbers the first that is
  // too many; it is empty where the row is no CSV.
  std::string wrong;
  std::string wrong_column;
};

// What a header may say.
struct CsvFormat {
  // Columns that it must have.
  std::vector<std::string> required;
  // Other names of columns, such as 名称 for `name`; rows have the latter.
  std::map<std::string, std::string> aliases = {};
  // Told of the header as it stands, before any row; may be empty.
  std::function<void(const std::vector<std::string>&)> header = nullptr;
};

// Calls `take` with every row after the header until it returns an error, which is returned. A row
// that is no CSV, such as one with a stray quote, is given to `take` as wrong; reading goes on with
// the line after the one it begins on. INVALID_ARGUMENT, reason CONFIG_INVALID, where the file
// cannot be read, or its header is no CSV, lacks a column or has one twice. A byte order mark at
// the beginning is passed over.
absl::Status ReadCsv(const std::string& path, TextEncoding encoding, const CsvFormat& format,
                     absl::FunctionRef<absl::Status(CsvRow)> take);

// The fields as one row, with its line end: quoted where they must be.
std::string CsvLine(const std::vector<std::string>& fields);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CSV_H_
