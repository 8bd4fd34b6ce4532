// Reads CSV files (RFC 4180) row by row, however large they are.
#ifndef QINGLIAN_SERVICES_CTL_CSV_H_
#define QINGLIAN_SERVICES_CTL_CSV_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace qinglian::ctl {

// A row: the line it begins on, counted from 1, and its fields by the header's names.
struct CsvRow {
  int64_t line = 0;
  std::map<std::string, std::string> fields;
  // What is wrong with the row as such; empty where nothing is. Then `fields` holds what could be
  // read, and `wrong_column` names the first column that is missing, or numbers the first that is
  // too many; it is empty where the row is no CSV.
  std::string wrong;
  std::string wrong_column;
};

// Calls `take` with every row after the header until it returns an error, which is returned. A row
// that is no CSV, such as one with a stray quote, is given to `take` as wrong; reading goes on with
// the line after the one it begins on. `required`: columns that the header must have.
// INVALID_ARGUMENT, reason CONFIG_INVALID, where the file cannot be read, or its header is no CSV
// or lacks a column. A byte order mark at the beginning is passed over.
absl::Status ReadCsv(const std::string& path, const std::vector<std::string>& required,
                     absl::FunctionRef<absl::Status(CsvRow)> take);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CSV_H_
