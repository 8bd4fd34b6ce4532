// What an import has come to, and the report of its bad rows.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_TALLY_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_TALLY_H_

#include <cstdint>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/ctl/import_progress.h"
#include "services/ctl/import_tables.h"

namespace qinglian::ctl {

// Rows that may be asked to be all or nothing; a longer file is checked as a whole before anything
// of it is kept.
inline constexpr int64_t kMostAllOrNothing = 5'000;

// Whether, and why not, good rows were kept.
enum class ImportEnd { kKept, kDryRun, kChecked, kAllOrNothing };

// Counts rows and says every few seconds how far it has come. Used by one thread.
class ImportTally {
 public:
  // `what`: such as "organizations"; a literal.
  explicit ImportTally(const char* what) : what_(what) {}

  void Add(const ImportCounts& counts);
  // A bad row, said at once.
  void Refuse(int64_t line, const Fault& fault);
  // Takes over what was answered, and said, before.
  void Resume(const BatchAnswer& answered);
  // Forgets what a rehearsal came to.
  void Restart();
  // The server has kept nothing because of bad rows.
  void NoteRolledBack() { rolled_back_ = true; }

  bool rolled_back() const { return rolled_back_; }
  int64_t refused() const { return static_cast<int64_t>(faults_.size()); }
  const std::map<int64_t, Fault>& faults() const { return faults_; }

  // Says what the import has come to, also where it came to an early end. An error where it did, or
  // where any row was refused.
  absl::Status End(ImportEnd end, const absl::Status& status) const;

 private:
  void Show();

  const char* const what_;
  ImportCounts counts_;
  std::map<int64_t, Fault> faults_;
  bool rolled_back_ = false;
  absl::Time shown_ = absl::Now();
};

// Writes the bad rows of a file with their lines and reasons in two columns more, so that they can
// be mended and sent again: imports pass those two over. Columns of secrets are empty in it, and
// only its owner may read it. Used by one thread.
class ReportWriter {
 public:
  // `header`: that of the file; empty where it has none. The report speaks Chinese where it does.
  ReportWriter(const std::string& path, const TableFormat& format,
               const std::vector<std::string>& header);

  // A bad row with its lines as they stand in the file.
  void Add(int64_t line, const std::vector<Cells>& cells, const Fault& fault);

  // INTERNAL, reason IO_FAILED, where it could not be written.
  absl::Status Finish();

 private:
  const std::string path_;
  const bool chinese_;
  // A column of the file; those of an earlier report are none.
  struct Kept {
    size_t place;
    bool secret;
  };
  std::vector<Kept> columns_;
  std::ofstream file_;
};

// A fault in the words of the server.
Fault FaultOf(const TableFormat& format, const std::string& field, const absl::Status& status);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_TALLY_H_
