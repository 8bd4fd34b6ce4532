#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "common/mysql/migrate.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::mysql {
namespace {

using status::View;

absl::Status Invalid(std::string detail) {
  return status::Error(status::kConfigInvalid,
                       {{"detail", "the SQL script: " + std::move(detail)}});
}

class Splitter {
 public:
  explicit Splitter(std::string_view script) : rest_(script) {}

  absl::StatusOr<std::vector<std::string>> Split() {
    while (!rest_.empty()) {
      absl::Status status = Step();
      if (!status.ok()) return status;
    }
    End();
    if (delimiter_) return Invalid("DELIMITER is not understood; write plain statements");
    return std::move(statements_);
  }

 private:
  absl::Status Step() {
    char c = rest_[0];
    if (c == ';') {
      LeaveOut("");
      End();
      Drop(1);
      return absl::OkStatus();
    }
    if (c == '\'' || c == '"' || c == '`') return Quoted(c);
    if (c == '#' || IsDashComment()) {
      Drop(std::min(rest_.find('\n'), rest_.size()));
      LeaveOut("");
      return absl::OkStatus();
    }
    if (Starts("/*")) return BlockComment();
    Keep(1);
    return absl::OkStatus();
  }

  // "--" begins a comment only before white space, a control character or the end, as the server
  // has it.
  bool IsDashComment() const {
    return Starts("--") &&
           (rest_.size() == 2 || absl::ascii_isspace(rest_[2]) || absl::ascii_iscntrl(rest_[2]));
  }

  absl::Status Quoted(char quote) {
    size_t i = 1;
    for (; i < rest_.size(); ++i) {
      if (rest_[i] == '\\' && quote != '`') {
        ++i;
      } else if (rest_[i] == quote) {
        // A doubled quote stands for itself: it closes here and opens again at the next step.
        Keep(i + 1);
        return absl::OkStatus();
      }
    }
    return Invalid("a quote is not closed");
  }

  absl::Status BlockComment() {
    size_t end = rest_.find("*/", 2);
    if (end == std::string_view::npos) return Invalid("a comment is not closed");
    if (Starts("/*!")) {
      Keep(end + 2);
    } else {
      Drop(end + 2);
      LeaveOut(" ");
    }
    return absl::OkStatus();
  }

  // What stands for what was left out. Two minus signs before white space or the end would begin a
  // comment.
  void LeaveOut(std::string_view instead) {
    current_ += absl::EndsWith(current_, "--") ? "/**/" : instead;
  }

  bool Starts(std::string_view what) const { return rest_.substr(0, what.size()) == what; }
  void Drop(size_t n) { rest_.remove_prefix(n); }
  void Keep(size_t n) {
    current_.append(rest_.substr(0, n));
    Drop(n);
  }

  void End() {
    absl::string_view statement = absl::StripAsciiWhitespace(current_);
    if (absl::StartsWithIgnoreCase(statement, "delimiter") &&
        (statement.size() == 9 || absl::ascii_isspace(statement[9]))) {
      delimiter_ = true;
    }
    if (!statement.empty()) statements_.emplace_back(statement);
    current_.clear();
  }

  std::string_view rest_;
  std::string current_;
  std::vector<std::string> statements_;
  bool delimiter_ = false;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> SplitSql(std::string_view script) {
  return Splitter(script).Split();
}

absl::StatusOr<int> OldestBinary(std::string_view script) {
  absl::string_view line = View(script.substr(0, script.find('\n')));
  int number = 0;
  if (!absl::ConsumePrefix(&line, "-- oldest-binary:") || !absl::SimpleAtoi(line, &number) ||
      number < 1) {
    return Invalid("its first line is not '-- oldest-binary: N'");
  }
  return number;
}

}  // namespace qinglian::mysql
