#include "services/ctl/import_tally.h"

#include <sys/stat.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/ctl/csv.h"
#include "services/ctl/print.h"

namespace qinglian::ctl {
namespace {

// Spreadsheets take a file for UTF-8 by it.
constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

bool IsOfReports(const std::string& column) {
  for (const char* own : {kLineColumn, kReasonColumn, kLineColumnInChinese, kReasonColumnInChinese})
    if (column == own) return true;
  return false;
}

bool IsSecret(const TableFormat& format, const std::string& name) {
  return std::any_of(format.columns.begin(), format.columns.end(), [&](const Column& column) {
    return column.secret && (column.english == name || column.chinese == name);
  });
}

const char* NoteOf(ImportEnd end) {
  switch (end) {
    case ImportEnd::kKept:
      return "";
    case ImportEnd::kDryRun:
      return " (dry run: nothing was kept)";
    case ImportEnd::kChecked:
      return " (checked as a whole: nothing was kept)";
    case ImportEnd::kAllOrNothing:
      return " (all or nothing: nothing was kept)";
  }
  return "";
}

}  // namespace

void ImportTally::Add(const ImportCounts& counts) {
  counts_.Add(counts);
  Show();
}

void ImportTally::Refuse(int64_t line, const Fault& fault) {
  if (!faults_.insert({line, fault}).second) return;
  std::cerr << "line " << line << (fault.column.empty() ? "" : ", column ") << fault.column << ": "
            << fault.english << "\n";
}

void ImportTally::Resume(const BatchAnswer& answered) {
  counts_ = answered.counts;
  faults_ = answered.faults;
}

void ImportTally::Restart() {
  counts_ = {};
  faults_.clear();
}

void ImportTally::Show() {
  if (absl::Now() - shown_ < absl::Seconds(2)) return;
  shown_ = absl::Now();
  std::cerr << what_ << ": " << counts_.rows() + refused() << " rows so far\n";
}

absl::Status ImportTally::End(ImportEnd end, const absl::Status& status) const {
  if (status.ok() || counts_.rows() + refused() > 0) {
    std::cout << what_ << ": " << counts_.created << " created, " << counts_.updated << " updated, "
              << counts_.unchanged << " unchanged, ";
    if (counts_.skipped > 0) std::cout << counts_.skipped << " skipped, ";
    std::cout << refused() << " refused" << NoteOf(end) << "\n";
  }
  RETURN_IF_ERROR(status);
  return refused() == 0
             ? absl::OkStatus()
             : absl::FailedPreconditionError(absl::StrCat(refused(), " rows were refused"));
}

ReportWriter::ReportWriter(const std::string& path, const TableFormat& format,
                           const std::vector<std::string>& header)
    : path_(path), chinese_(IsChinese(format, header)) {
  Cells cells = header.empty() ? format.Header(false) : header;
  Cells written;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string name(absl::StripAsciiWhitespace(cells[i]));
    if (IsOfReports(name)) continue;
    columns_.push_back({i, IsSecret(format, name)});
    written.push_back(cells[i]);
  }
  written.push_back(chinese_ ? kLineColumnInChinese : kLineColumn);
  written.push_back(chinese_ ? kReasonColumnInChinese : kReasonColumn);
  const mode_t before = umask(S_IRWXG | S_IRWXO);
  file_.open(path, std::ios::binary);
  umask(before);
  if (chinese_) file_ << kByteOrderMark;
  file_ << CsvLine(written);
}

void ReportWriter::Add(int64_t line, const std::vector<Cells>& cells, const Fault& fault) {
  const bool secrets =
      std::any_of(columns_.begin(), columns_.end(), [](const Kept& kept) { return kept.secret; });
  for (const Cells& given : cells) {
    // The text of what is no CSV may hold anything.
    const bool withheld = secrets && given.size() == 1;
    Cells written;
    for (const Kept& kept : columns_) {
      const bool shown = !withheld && !kept.secret && kept.place < given.size();
      written.push_back(shown ? given[kept.place] : "");
    }
    const std::string why = chinese_ ? fault.chinese : fault.english;
    written.push_back(absl::StrCat(line));
    written.push_back(fault.column.empty() ? why : absl::StrCat(fault.column, ": ", why));
    file_ << CsvLine(written);
  }
}

absl::Status ReportWriter::Finish() {
  file_.close();
  if (file_) return absl::OkStatus();
  return status::Error(status::kIoFailed, {{"detail", absl::StrCat("cannot write ", path_)}});
}

Fault FaultOf(const TableFormat& format, const std::string& field, const absl::Status& status) {
  std::string chinese = status::ChineseOf(status);
  const google::rpc::BadRequest bad_request = status::BadRequestOf(status);
  for (const auto& violation : bad_request.field_violations()) {
    const std::string& text = violation.localized_message().message();
    absl::StrAppend(&chinese, "\n  ", violation.field(), ": ",
                    text.empty() ? violation.description() : text);
  }
  return {format.ColumnOf(field), Explanation(status), chinese};
}

}  // namespace qinglian::ctl
