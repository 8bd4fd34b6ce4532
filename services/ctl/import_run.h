// One import of a file: looked at, rehearsed where it is long, applied batch by batch, gone on with
// where it broke off.
#ifndef QINGLIAN_SERVICES_CTL_IMPORT_RUN_H_
#define QINGLIAN_SERVICES_CTL_IMPORT_RUN_H_

#include <cstdint>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/status/macros.h"
#include "services/ctl/context.h"
#include "services/ctl/import_commands.h"
#include "services/ctl/import_file.h"
#include "services/ctl/import_progress.h"
#include "services/ctl/import_sender.h"
#include "services/ctl/import_tables.h"
#include "services/ctl/import_tally.h"

namespace qinglian::ctl {

// Used by one thread, once.
template <class Table>
class ImportRun {
 public:
  ImportRun(const Context& context, ImportFile file, const ImportOptions& options)
      : context_(context), file_(std::move(file)), options_(options), tally_(Table::kWhat) {}

  // An error where it ends early, or where any row was refused.
  absl::Status Run() {
    RETURN_IF_ERROR(Survey());
    if (options_.all_or_nothing && rows_ > kMostAllOrNothing) {
      return Usage(absl::StrCat("--all_or_nothing takes at most ", kMostAllOrNothing, " rows, ",
                                file_.path, " has ", rows_));
    }
    if (options_.dry_run) return Conclude(Rehearse());
    RETURN_IF_ERROR(OpenProgress());
    if (rows_ > kMostAllOrNothing && !options_.keep_good && !progress_->rehearsed()) {
      RETURN_IF_ERROR(CheckWhole());
      if (tally_.refused() > 0) return Stop();
    }
    absl::Status status = Persist(kApplication);
    if (status.ok() && !deferred_.empty()) status = Persist(kDepartments);
    return Conclude(status);
  }

 private:
  enum PassKind { kRehearsal, kApplication, kDepartments };
  using Row = typename Table::Row;

  // How often, and how long apart, a stream is begun anew though it comes no further: a service
  // that is back is found within ten seconds.
  static constexpr int kFailures = 15;
  static constexpr absl::Duration kPause = absl::Seconds(1);

  // Counts rows and notes their keys.
  absl::Status Survey() {
    return ReadRows<Table>(file_, &header_, [&](FileRow<Row> row) {
      ++rows_;
      keys_.insert(absl::HashOf(Table::KeyOf(row.row)));
      return absl::OkStatus();
    });
  }

  std::string ProgressPath() const {
    return options_.progress.empty() ? file_.path + ".progress" : options_.progress;
  }

  // One batch is there whole or not at all: nothing of it is to be gone on with.
  absl::Status OpenProgress() {
    id_ = NewRequestId();
    if (rows_ <= kRowsAtOnce) return absl::OkStatus();
    const std::string import = absl::StrCat(Table::kWhat, " ", file_.facts.digest, " ",
                                            static_cast<int>(options_.on_conflict), " ",
                                            options_.all_or_nothing, options_.keep_good);
    ASSIGN_OR_RETURN(ImportProgress progress, ImportProgress::Open(ProgressPath(), import));
    progress_.emplace(std::move(progress));
    id_ = progress_->id();
    if (progress_->outdated()) {
      std::cerr << ProgressPath() << " was of another file or of other options: the import begins "
                << "anew\n";
    }
    if (progress_->answered().through > 0) {
      std::cerr << Table::kWhat << ": goes on after line " << progress_->answered().through << "\n";
      tally_.Resume(progress_->answered());
      deferred_ = progress_->answered().deferred;
    }
    return absl::OkStatus();
  }

  // Finds every bad row and keeps none.
  absl::Status Rehearse() {
    RETURN_IF_ERROR(Persist(kRehearsal));
    if (deferred_.empty()) return absl::OkStatus();
    // The departments of these are not there: they must be in the file.
    absl::Status status = ReadRows<Table>(file_, nullptr, [&](FileRow<Row> row) {
      if (deferred_.count(row.line) > 0 &&
          !keys_.contains(absl::HashOf(Table::DepartmentOf(row.row))))
        tally_.Refuse(row.line, Table::NoDepartment());
      return absl::OkStatus();
    });
    deferred_.clear();
    return status;
  }

  absl::Status CheckWhole() {
    std::cerr << Table::kWhat << ": " << rows_ << " rows are checked before any is kept\n";
    const absl::Status status = Rehearse();
    if (!status.ok()) return tally_.End(ImportEnd::kChecked, status);
    if (tally_.refused() > 0) return absl::OkStatus();
    tally_.Restart();
    return progress_->NoteRehearsed();
  }

  // A row was found bad before any was kept.
  absl::Status Stop() {
    RETURN_IF_ERROR(progress_->Remove());
    RETURN_IF_ERROR(Report());
    std::cerr << Table::kWhat << ": --keep_good keeps the good rows of such a file\n";
    return tally_.End(ImportEnd::kChecked, absl::OkStatus());
  }

  absl::Status Conclude(const absl::Status& status) {
    if (status.ok() && progress_.has_value()) RETURN_IF_ERROR(progress_->Remove());
    RETURN_IF_ERROR(Report());
    if (!status.ok() && Answered() > 0) {
      std::cerr << Table::kWhat << ": broke off after line " << Answered()
                << "; the same command goes on from there\n";
    }
    return tally_.End(options_.dry_run       ? ImportEnd::kDryRun
                      : tally_.rolled_back() ? ImportEnd::kAllOrNothing
                                             : ImportEnd::kKept,
                      status);
  }

  // Whether a stream is to be begun anew: a process died or drained, grants have changed somewhere,
  // or its time is over. CANCELLED is what the edge makes of a stream that ends before its caller.
  static bool IsCutOff(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsCancelled(status) ||
           absl::IsDeadlineExceeded(status);
  }

  // A pass, gone on with where its stream is cut off; given up where it comes no further.
  absl::Status Persist(PassKind kind) {
    for (int failures = 0;;) {
      const int64_t before = Answered();
      const absl::Status status = Pass(kind);
      const bool further = Answered() > before;
      if (!IsCutOff(status) || (absl::IsDeadlineExceeded(status) && !further)) return status;
      failures = further ? 0 : failures + 1;
      if (failures == kFailures) return status;
      if (kind == kRehearsal) {
        tally_.Restart();
        deferred_.clear();
      }
      absl::SleepFor(kPause);
    }
  }

  // The last line that was answered for good.
  int64_t Answered() const { return progress_.has_value() ? progress_->answered().through : 0; }

  // Sends the rows of the file, or those of them that are to be sent again.
  absl::Status Pass(PassKind kind) {
    ImportSender<Table> sender(
        context_, TermsOf(kind), [&](const BatchAnswer& answer) { return Take(kind, answer); },
        [&] { tally_.NoteRolledBack(); });
    const int64_t answered = kind == kApplication ? Answered() : 0;
    RETURN_IF_ERROR(ReadRows<Table>(file_, nullptr, [&](FileRow<Row> row) {
      return Send(kind, answered, std::move(row), sender);
    }));
    return sender.Finish();
  }

  ImportTerms TermsOf(PassKind kind) const {
    ImportTerms terms;
    terms.rehearsal = kind == kRehearsal;
    terms.again = kind == kDepartments;
    // What one batch or one transaction holds refers to nothing that comes later.
    terms.complete = terms.again || options_.all_or_nothing || rows_ <= kRowsAtOnce;
    terms.all_or_nothing = options_.all_or_nothing;
    terms.on_conflict = terms.again ? organization::v1::ON_CONFLICT_UPDATE : options_.on_conflict;
    terms.id = id_;
    return terms;
  }

  absl::Status Send(PassKind kind, int64_t answered, FileRow<Row> row,
                    ImportSender<Table>& sender) {
    if (kind == kDepartments) {
      return deferred_.count(row.line) > 0 ? sender.Add(row.line, std::move(row.row))
                                           : absl::OkStatus();
    }
    if (row.fault.has_value()) {
      tally_.Refuse(row.line, *std::move(row.fault));
      return absl::OkStatus();
    }
    const uint64_t key = absl::HashOf(Table::KeyOf(row.row));
    if (row.line <= answered) {
      before_.insert(key);
      return absl::OkStatus();
    }
    // The server knows the keys of a stream alone, and this one began later.
    if (before_.contains(key)) {
      tally_.Refuse(row.line, {Table::Format().columns.front().english, Table::SecondRow(),
                               Table::SecondRowInChinese()});
      return absl::OkStatus();
    }
    return sender.Add(row.line, std::move(row.row));
  }

  absl::Status Take(PassKind kind, const BatchAnswer& answer) {
    for (const auto& [line, fault] : answer.faults) tally_.Refuse(line, fault);
    // Rows that are sent again were counted before.
    if (kind == kDepartments) return absl::OkStatus();
    tally_.Add(answer.counts);
    deferred_.insert(answer.deferred.begin(), answer.deferred.end());
    if (kind == kRehearsal) return absl::OkStatus();
    if (options_.all_or_nothing || !progress_.has_value()) return absl::OkStatus();
    return progress_->Note(answer);
  }

  absl::Status Report() {
    if (options_.report.empty()) return absl::OkStatus();
    ReportWriter report(options_.report, Table::Format(), header_);
    RETURN_IF_ERROR(ReadRows<Table>(file_, nullptr, [&](FileRow<Row> row) {
      const auto fault = tally_.faults().find(row.line);
      if (fault == tally_.faults().end()) return absl::OkStatus();
      if (row.cells.empty()) row.cells = Table::Write(row.row, false);
      report.Add(row.line, row.cells, fault->second);
      return absl::OkStatus();
    }));
    return report.Finish();
  }

  const Context& context_;
  const ImportFile file_;
  const ImportOptions options_;
  ImportTally tally_;
  std::optional<ImportProgress> progress_;
  // What the request ids of the batches follow from; empty for a rehearsal.
  std::string id_;
  std::vector<std::string> header_;
  int64_t rows_ = 0;
  // The keys of all rows, hashed.
  absl::flat_hash_set<uint64_t> keys_;
  // The rows that are to be sent again, by their lines.
  std::set<int64_t> deferred_;
  // The keys of the rows that were answered before this process began, hashed.
  absl::flat_hash_set<uint64_t> before_;
};

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_IMPORT_RUN_H_
