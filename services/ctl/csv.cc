#include "services/ctl/csv.h"

#include <csv.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/ctl/context.h"

namespace qinglian::ctl {
namespace {

// What libcsv's callbacks work on.
struct Reading {
  const std::vector<std::string>& required;
  absl::FunctionRef<absl::Status(CsvRow)> take;
  std::vector<std::string> header;
  std::vector<std::string> fields;
  int64_t line = 1;
  int64_t row_line = 1;
  absl::Status status;
};

absl::Status TakeHeader(Reading& reading) {
  reading.header = reading.fields;
  for (const std::string& column : reading.required) {
    if (std::find(reading.header.begin(), reading.header.end(), column) != reading.header.end())
      continue;
    return Usage(absl::StrCat("the file has no column ", column));
  }
  return absl::OkStatus();
}

absl::Status TakeRow(Reading& reading) {
  CsvRow row{.line = reading.row_line, .fields = {}};
  row.misshapen = reading.fields.size() != reading.header.size();
  for (size_t i = 0; i < std::min(reading.fields.size(), reading.header.size()); ++i) {
    row.fields[reading.header[i]] = reading.fields[i];
  }
  return reading.take(std::move(row));
}

void OnField(void* text, size_t size, void* data) {
  static_cast<Reading*>(data)->fields.emplace_back(static_cast<const char*>(text), size);
}

void OnRow(int, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  const bool blank =
      reading.fields.empty() || (reading.fields.size() == 1 && reading.fields[0].empty());
  if (reading.status.ok() && !blank) {
    reading.status = reading.header.empty() ? TakeHeader(reading) : TakeRow(reading);
  }
  reading.fields.clear();
  reading.row_line = reading.line + 1;
}

std::string WithoutMark(std::string text) {
  return text.rfind("\xEF\xBB\xBF", 0) == 0 ? text.substr(3) : text;
}

}  // namespace

absl::Status ReadCsv(const std::string& path, const std::vector<std::string>& required,
                     absl::FunctionRef<absl::Status(CsvRow)> take) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return Usage(absl::StrCat("cannot read ", path));
  csv_parser parser;
  if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0) return Usage("no memory for CSV");
  const std::unique_ptr<csv_parser, void (*)(csv_parser*)> freed(&parser, csv_free);
  Reading reading{required, take, {}, {}, 1, 1, absl::OkStatus()};
  // Line by line, so that each row's line is known; a quoted field may span several.
  char* buffer = nullptr;
  size_t capacity = 0;
  bool first = true;
  for (ssize_t size; reading.status.ok() && (size = getline(&buffer, &capacity, file.get())) > 0;
       ++reading.line) {
    std::string text(buffer, static_cast<size_t>(size));
    if (first) text = WithoutMark(std::move(text));
    first = false;
    if (csv_parse(&parser, text.data(), text.size(), OnField, OnRow, &reading) != text.size()) {
      reading.status = Usage(
          absl::StrCat(path, ", line ", reading.line, ": ", csv_strerror(csv_error(&parser))));
    }
  }
  std::free(buffer);
  RETURN_IF_ERROR(reading.status);
  if (csv_fini(&parser, OnField, OnRow, &reading) != 0) {
    return Usage(absl::StrCat(path, ", line ", reading.line, ": a quoted field does not end"));
  }
  if (reading.header.empty()) return Usage(absl::StrCat(path, " is empty"));
  return reading.status;
}

}  // namespace qinglian::ctl
