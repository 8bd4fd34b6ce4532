#include "services/ctl/import_progress.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/ctl/context.h"
#include "services/ctl/written_file.h"

namespace qinglian::ctl {
namespace {

// Words of a line are parted by tabs, and hold none.
constexpr char kFirst[] = "qinglian-import-1";

std::string Line(const std::vector<std::string>& words) {
  std::vector<std::string> escaped;
  for (const std::string& word : words) escaped.push_back(absl::Utf8SafeCEscape(word));
  return absl::StrJoin(escaped, "\t") + "\n";
}

std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words;
  for (const absl::string_view word : absl::StrSplit(line, '\t')) {
    if (!absl::CUnescape(word, &words.emplace_back())) words.back().clear();
  }
  return words;
}

int64_t Number(const std::vector<std::string>& words, size_t i) {
  int64_t number = 0;
  return i < words.size() && absl::SimpleAtoi(words[i], &number) ? number : 0;
}

// Takes a line of a batch; the line "through" is its last and makes it whole.
bool TakeLine(const std::vector<std::string>& words, BatchAnswer& batch) {
  if (words[0] == "refused" && words.size() == 5) {
    batch.faults[Number(words, 1)] = {words[2], words[3], words[4]};
  } else if (words[0] == "deferred") {
    batch.deferred.insert(Number(words, 1));
  } else if (words[0] == "through" && words.size() == 6) {
    batch.through = Number(words, 1);
    batch.counts = {Number(words, 2), Number(words, 3), Number(words, 4), Number(words, 5)};
    return true;
  }
  return false;
}

std::string Text(const BatchAnswer& batch) {
  std::string text;
  for (const auto& [line, fault] : batch.faults) {
    text += Line({"refused", absl::StrCat(line), fault.column, fault.english, fault.chinese});
  }
  for (const int64_t line : batch.deferred) text += Line({"deferred", absl::StrCat(line)});
  const ImportCounts& counts = batch.counts;
  return text + Line({"through", absl::StrCat(batch.through), absl::StrCat(counts.created),
                      absl::StrCat(counts.updated), absl::StrCat(counts.unchanged),
                      absl::StrCat(counts.skipped)});
}

void Add(const BatchAnswer& batch, BatchAnswer& all) {
  all.through = batch.through;
  all.counts.Add(batch.counts);
  all.faults.insert(batch.faults.begin(), batch.faults.end());
  all.deferred.insert(batch.deferred.begin(), batch.deferred.end());
}

}  // namespace

void ImportCounts::Add(const ImportCounts& more) {
  created += more.created;
  updated += more.updated;
  unchanged += more.unchanged;
  skipped += more.skipped;
}

absl::StatusOr<ImportProgress> ImportProgress::Open(const std::string& path,
                                                    const std::string& import) {
  ImportProgress progress(path, import);
  progress.Load();
  if (progress.id_.empty()) RETURN_IF_ERROR(progress.Begin());
  // What a process that died was about to say is said anew.
  if (truncate(path.c_str(), progress.whole_) != 0)
    return status::Error(status::kIoFailed, {{"detail", absl::StrCat("cannot write ", path)}});
  return progress;
}

void ImportProgress::Load() {
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  if (!std::getline(file, line)) return;
  const std::vector<std::string> first = Words(line);
  outdated_ = first.size() != 3 || first[0] != kFirst || first[1] != import_;
  if (outdated_ || file.eof()) return;
  id_ = first[2];
  int64_t read = static_cast<int64_t>(line.size()) + 1;
  whole_ = read;
  BatchAnswer batch;
  while (std::getline(file, line) && !file.eof()) {
    read += static_cast<int64_t>(line.size()) + 1;
    const std::vector<std::string> words = Words(line);
    const bool found_good = words[0] == "rehearsed";
    rehearsed_ = rehearsed_ || found_good;
    if (!found_good && !TakeLine(words, batch)) continue;
    if (!found_good) ctl::Add(std::exchange(batch, {}), answered_);
    resumed_ = true;
    whole_ = read;
  }
}

absl::Status ImportProgress::Begin() {
  id_ = NewRequestId();
  const std::string text = Line({kFirst, import_, id_});
  whole_ = static_cast<int64_t>(text.size());
  return Replace(path_, text, S_IRUSR | S_IWUSR);
}

absl::Status ImportProgress::Append(const std::string& text) {
  std::ofstream file(path_, std::ios::binary | std::ios::app);
  file << text << std::flush;
  if (file) return absl::OkStatus();
  return status::Error(
      status::kIoFailed,
      {{"detail", absl::StrCat("cannot write ", path_, ": ", std::strerror(errno))}});
}

absl::Status ImportProgress::NoteRehearsed() {
  rehearsed_ = true;
  return Append(Line({"rehearsed"}));
}

absl::Status ImportProgress::Note(const BatchAnswer& batch) {
  RETURN_IF_ERROR(Append(Text(batch)));
  ctl::Add(batch, answered_);
  return absl::OkStatus();
}

absl::Status ImportProgress::Remove() {
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return status::Error(
      status::kIoFailed,
      {{"detail", absl::StrCat("cannot remove ", path_, ": ", std::strerror(errno))}});
}

}  // namespace qinglian::ctl
