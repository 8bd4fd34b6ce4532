#include "services/ctl/csv.h"

#include <csv.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "services/ctl/context.h"

namespace qinglian::ctl {
namespace {

// The longest row. A quote that is never closed would make the rest of the file one row.
constexpr size_t kMaxRowBytes = 1 << 20;

// The lines of a file one by one, their ends included: "\n", "\r\n" or "\r". What was read may be
// given back.
class Lines {
 public:
  explicit Lines(FILE* file) : file_(file) {}
  ~Lines() { std::free(buffer_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  std::optional<std::string> Next() {
    if (ahead_.empty()) Fill();
    if (ahead_.empty()) return std::nullopt;
    std::string line = std::move(ahead_.front());
    ahead_.pop_front();
    ++number_;
    return line;
  }

  // The number of the line that Next answered last.
  int64_t number() const { return number_; }

  // Next answers these again: the last that it answered, in their order.
  void GiveBack(std::vector<std::string>::iterator begin, std::vector<std::string>::iterator end) {
    number_ -= end - begin;
    ahead_.insert(ahead_.begin(), std::make_move_iterator(begin), std::make_move_iterator(end));
  }

 private:
  void Fill() {
    const ssize_t size = getline(&buffer_, &capacity_, file_);
    if (size <= 0) return;
    const std::string_view text(buffer_, static_cast<size_t>(size));
    for (size_t begin = 0; begin < text.size();) {
      size_t end = std::min(text.find_first_of("\r\n", begin), text.size() - 1) + 1;
      if (text[end - 1] == '\r' && end < text.size() && text[end] == '\n') ++end;
      ahead_.emplace_back(text.substr(begin, end - begin));
      begin = end;
    }
  }

  FILE* const file_;
  char* buffer_ = nullptr;
  size_t capacity_ = 0;
  std::deque<std::string> ahead_;
  int64_t number_ = 0;
};

// Makes rows of lines, and begins anew behind a row that is no CSV.
class Reading {
 public:
  Reading(const std::string& path, FILE* file, TextEncoding encoding, const CsvFormat& format,
          absl::FunctionRef<absl::Status(CsvRow)> take)
      : path_(path), encoding_(encoding), format_(format), take_(take), lines_(file) {
    Begin();
  }
  ~Reading() { csv_free(&parser_); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  absl::Status Run() {
    while (true) {
      std::optional<std::string> line = lines_.Next();
      // At the end of the file the last row may be open still.
      if (!line.has_value() && row_.empty()) break;
      RETURN_IF_ERROR(line.has_value() ? Parse(*std::move(line)) : ParseEnd());
    }
    return header_.empty() ? Usage(absl::StrCat(path_, " is empty")) : absl::OkStatus();
  }

 private:
  // These options are known, and memory is taken later: it does not fail.
  void Begin() { csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI); }

  absl::Status Parse(std::string raw) {
    // No byte of a character of GB18030 looks like the end of a line, so lines are whole.
    absl::StatusOr<std::string> converted = ToUtf8(encoding_, raw);
    if (!converted.ok()) return Unreadable(converted.status(), std::move(raw));
    std::string line = *std::move(converted);
    if (lines_.number() == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    if (row_.empty()) {
      if (line.find_first_not_of(" \t\r\n") == line.npos) return absl::OkStatus();
      row_line_ = lines_.number();
    }
    raw_.push_back(std::move(raw));
    row_.push_back(std::move(line));
    row_bytes_ += row_.back().size();
    if (row_bytes_ > kMaxRowBytes) return Recover("the row is too long: a quote may not be closed");
    const std::string& text = row_.back();
    if (csv_parse(&parser_, text.data(), text.size(), OnField, OnRow, this) != text.size()) {
      return Recover("not CSV: a quote inside a plain field, or text behind a quoted one");
    }
    return row_ended_ ? TakeRow() : absl::OkStatus();
  }

  absl::Status ParseEnd() {
    if (csv_fini(&parser_, OnField, OnRow, this) != 0)
      return Recover("a quoted field does not end");
    return TakeRow();
  }

  // Gives up the row under way, and goes on with the line behind the one that it begins on: a stray
  // quote must not swallow the rows behind it.
  absl::Status Recover(std::string wrong) {
    lines_.GiveBack(raw_.begin() + 1, raw_.end());
    csv_free(&parser_);
    Begin();
    std::string text(absl::StripTrailingAsciiWhitespace(row_.front()));
    EndRow();
    return TakeNone(std::move(text), std::move(wrong));
  }

  // A row that is none: its first line, and why.
  absl::Status TakeNone(std::string text, std::string wrong) {
    if (header_.empty()) return Usage(absl::StrCat(path_, ", line ", row_line_, ": ", wrong));
    return take_({.line = row_line_,
                  .fields = {},
                  .cells = {std::move(text)},
                  .wrong = std::move(wrong),
                  .wrong_column = ""});
  }

  // A line that is text in no encoding, or the row under way that it would have ended.
  absl::Status Unreadable(const absl::Status& status, std::string raw) {
    std::string wrong(status.message());
    if (row_.empty()) {
      row_line_ = lines_.number();
      return TakeNone("", std::move(wrong));
    }
    raw_.push_back(std::move(raw));
    return Recover(std::move(wrong));
  }

  absl::Status TakeRow() {
    const std::vector<std::string> fields = EndRow();
    if (header_.empty()) return TakeHeader(fields);
    CsvRow row{.line = row_line_, .fields = {}, .cells = fields, .wrong = "", .wrong_column = ""};
    for (size_t i = 0; i < std::min(fields.size(), header_.size()); ++i)
      row.fields[header_[i]] = fields[i];
    const std::string sizes =
        absl::StrCat("the row has ", fields.size(), " fields, the header ", header_.size());
    if (fields.size() < header_.size()) {
      row.wrong = absl::StrCat("missing: ", sizes);
      row.wrong_column = header_[fields.size()];
    } else if (fields.size() > header_.size()) {
      row.wrong = absl::StrCat("too many: ", sizes);
      row.wrong_column = absl::StrCat(header_.size() + 1);
    }
    return take_(std::move(row));
  }

  absl::Status TakeHeader(const std::vector<std::string>& fields) {
    if (format_.header != nullptr) format_.header(fields);
    for (const std::string& field : fields) {
      const std::string given(absl::StripAsciiWhitespace(field));
      const auto alias = format_.aliases.find(given);
      header_.push_back(alias == format_.aliases.end() ? given : alias->second);
      if (!header_.back().empty() && std::count(header_.begin(), header_.end(), header_.back()) > 1)
        return Usage(absl::StrCat("the file has two columns ", header_.back()));
    }
    for (const std::string& column : format_.required) {
      if (std::find(header_.begin(), header_.end(), column) == header_.end())
        return Usage(absl::StrCat("the file has no column ", column));
    }
    return absl::OkStatus();
  }

  // Forgets the row under way; answers its fields.
  std::vector<std::string> EndRow() {
    row_.clear();
    raw_.clear();
    row_bytes_ = 0;
    row_ended_ = false;
    return std::exchange(fields_, {});
  }

  static void OnField(void* text, size_t size, void* reading) {
    static_cast<Reading*>(reading)->fields_.emplace_back(static_cast<const char*>(text), size);
  }
  static void OnRow(int, void* reading) { static_cast<Reading*>(reading)->row_ended_ = true; }

  const std::string& path_;
  const TextEncoding encoding_;
  const CsvFormat& format_;
  const absl::FunctionRef<absl::Status(CsvRow)> take_;
  Lines lines_;
  csv_parser parser_;
  std::vector<std::string> header_;
  // The row under way: its lines, as they stand in the file too, the number of the first, and its
  // fields.
  std::vector<std::string> row_;
  std::vector<std::string> raw_;
  int64_t row_line_ = 0;
  size_t row_bytes_ = 0;
  std::vector<std::string> fields_;
  bool row_ended_ = false;
};

}  // namespace

absl::Status ReadCsv(const std::string& path, TextEncoding encoding, const CsvFormat& format,
                     absl::FunctionRef<absl::Status(CsvRow)> take) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) return Usage(absl::StrCat("cannot read ", path));
  const absl::Status status = Reading(path, file.get(), encoding, format, take).Run();
  return std::ferror(file.get()) != 0 ? Usage(absl::StrCat("cannot read ", path)) : status;
}

std::string CsvLine(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields) {
    if (&field != &fields.front()) line += ',';
    const bool quoted = field.find_first_of(",\"\r\n") != field.npos ||
                        (!field.empty() && (field.front() == ' ' || field.back() == ' '));
    if (!quoted) {
      line += field;
      continue;
    }
    // With room for every byte to be a quote.
    std::string written(field.size() * 2 + 2, '\0');
    written.resize(csv_write(written.data(), written.size(), field.data(), field.size()));
    line += written;
  }
  return line + "\n";
}

}  // namespace qinglian::ctl
