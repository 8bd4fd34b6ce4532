// Reads the rows of a file to import, be it CSV or protobuf.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_FILE_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_FILE_H_

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "google/protobuf/util/delimited_message_util.h"
#include "services/ctl/context.h"
#include "services/ctl/csv.h"
#include "services/ctl/import_tables.h"

namespace qinglian::ctl {

// The ending of files of protobuf messages, each behind its length; all others are CSV.
inline constexpr char kMessages[] = ".pb";

inline bool HoldsMessages(const std::string& path) { return absl::EndsWith(path, kMessages); }

// One row of a file.
template <class Row>
struct FileRow {
  // The line it begins on, counted from 1; of a message its number.
  int64_t line = 0;
  Row row;
  // Set where it can be no row.
  std::optional<Fault> fault;
  // Its lines as they stand; none of a message.
  std::vector<Cells> cells;
};

// A file that was looked at.
struct ImportFile {
  std::string path;
  FileFacts facts;
};

// Calls `take` with every row of messages until it returns an error, which is returned.
// INVALID_ARGUMENT, reason CONFIG_INVALID, where the file cannot be read or one is cut off.
template <class Table>
absl::Status ReadMessages(const std::string& path,
                          absl::FunctionRef<absl::Status(FileRow<typename Table::Row>)> take) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Usage(absl::StrCat("cannot read ", path));
  google::protobuf::io::FileInputStream input(descriptor);
  input.SetCloseOnDelete(true);
  for (int64_t line = 1;; ++line) {
    FileRow<typename Table::Row> row;
    bool end = false;
    if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&row.row, &input, &end)) {
      if (end) return absl::OkStatus();
      return Usage(
          absl::StrCat(path, ": message ", line, " is cut off or is no row of ", Table::kWhat));
    }
    row.line = line;
    row.row.set_line(line);
    RETURN_IF_ERROR(take(std::move(row)));
  }
}

// Makes rows of lines, of which several may belong to one. Used by one thread.
template <class Table>
class LineGatherer {
 public:
  using Take = absl::FunctionRef<absl::Status(FileRow<typename Table::Row>)>;
  explicit LineGatherer(Take take) : take_(take) {}

  absl::Status Add(CsvRow line) {
    const bool continues = !lines_.empty() && Table::Continues(lines_.back(), line);
    if (!continues) RETURN_IF_ERROR(Finish());
    lines_.push_back(std::move(line));
    return absl::OkStatus();
  }

  absl::Status Finish() {
    if (lines_.empty()) return absl::OkStatus();
    FileRow<typename Table::Row> row;
    row.line = lines_.front().line;
    row.fault = Table::Read(lines_, row.row);
    for (CsvRow& line : lines_) row.cells.push_back(std::move(line.cells));
    lines_.clear();
    return take_(std::move(row));
  }

 private:
  const Take take_;
  std::vector<CsvRow> lines_;
};

// Calls `take` with every row until it returns an error, which is returned. `header`, where it is
// not null, is given the header as it stands; none of messages. Errors as of ReadCsv and
// ReadMessages.
template <class Table>
absl::Status ReadRows(const ImportFile& file, std::vector<std::string>* header,
                      absl::FunctionRef<absl::Status(FileRow<typename Table::Row>)> take) {
  if (HoldsMessages(file.path)) return ReadMessages<Table>(file.path, take);
  LineGatherer<Table> gatherer(take);
  const CsvFormat format{.required = Table::Format().Required(),
                         .aliases = Table::Format().Aliases(),
                         .header = [&](const std::vector<std::string>& given) {
                           if (header != nullptr) *header = given;
                         }};
  RETURN_IF_ERROR(ReadCsv(file.path, file.facts.encoding, format,
                          [&](CsvRow line) { return gatherer.Add(std::move(line)); }));
  return gatherer.Finish();
}

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_FILE_H_
