// How far an import has come, kept beside its file so that one that broke off can go on.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_PROGRESS_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_PROGRESS_H_

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/ctl/import_tables.h"

namespace qinglian::ctl {

// What rows have come to.
struct ImportCounts {
  int64_t created = 0, updated = 0, unchanged = 0, skipped = 0;

  int64_t rows() const { return created + updated + unchanged + skipped; }
  void Add(const ImportCounts& more);
};

// What a batch of rows was answered.
struct BatchAnswer {
  // The line that its last row begins on.
  int64_t through = 0;
  ImportCounts counts;
  // The rows that were refused, by their lines.
  std::map<int64_t, Fault> faults;
  // The rows that are to be sent again.
  std::set<int64_t> deferred;
};

// The progress of one import: a text file to which each answered batch is added at once. Used by
// one thread.
class ImportProgress {
 public:
  // Goes on with the file at `path` where it is there and belongs to this very import: `import`
  // says which (the file's digest, what was asked). Otherwise begins a new one. INTERNAL, reason
  // IO_FAILED, where it cannot be written.
  static absl::StatusOr<ImportProgress> Open(const std::string& path, const std::string& import);

  // Whether anything was answered before, and whether there was progress of another import.
  bool resumed() const { return resumed_; }
  bool outdated() const { return outdated_; }

  // A UUID: what the request ids of this import follow from, however often it is begun.
  const std::string& id() const { return id_; }

  // Whether the whole file was found good.
  bool rehearsed() const { return rehearsed_; }
  absl::Status NoteRehearsed();

  // What the rows before and on line `through` were answered.
  const BatchAnswer& answered() const { return answered_; }
  absl::Status Note(const BatchAnswer& batch);

  // The import is over: nothing is left of it.
  absl::Status Remove();

 private:
  ImportProgress(std::string path, std::string import)
      : path_(std::move(path)), import_(std::move(import)) {}

  void Load();
  absl::Status Begin();
  absl::Status Append(const std::string& text);

  std::string path_;
  std::string import_;
  std::string id_;
  bool resumed_ = false;
  bool outdated_ = false;
  bool rehearsed_ = false;
  BatchAnswer answered_;
  // What Load found whole, in bytes: what lies behind was cut off.
  int64_t whole_ = 0;
};

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_PROGRESS_H_
