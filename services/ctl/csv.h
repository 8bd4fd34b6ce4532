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
  // Set where the row does not have as many fields as the header.
  bool misshapen = false;
};

// Calls `take` with every row after the header until it returns an error, which is returned.
// `required`: columns that the header must have. INVALID_ARGUMENT, reason CONFIG_INVALID, where the
// file cannot be read, is no CSV, or lacks a column. A byte order mark at the beginning is passed
// over.
absl::Status ReadCsv(const std::string& path, const std::vector<std::string>& required,
                     absl::FunctionRef<absl::Status(CsvRow)> take);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CSV_H_
