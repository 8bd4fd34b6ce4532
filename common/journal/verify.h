// Whether a journal is what its writers wrote.
#ifndef QINGLIAN_COMMON_JOURNAL_VERIFY_H_
#define QINGLIAN_COMMON_JOURNAL_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

struct VerifyOptions {
  std::string service;
  // In the order they were written, see ReadCheckpoints. Without any, whoever can write to all
  // tables can rewrite the chain unseen.
  std::vector<v1::Checkpoint> checkpoints = {};
  // As of LoadKey; needed where there are checkpoints.
  std::string checkpoint_key = "";
  // Called from time to time. May be empty.
  std::function<void(uint64_t position, uint64_t head)> progress = nullptr;
};

// The first thing that does not fit.
struct Finding {
  enum class Kind {
    kGap,                  // the position is missing
    kRowMissing,           // the position's row is not in `journal`
    kContent,              // the row's columns do not give its content_hash
    kChain,                // the row is not the one that was given this position
    kCheckpoint,           // up to here the chain is not the one that was signed
    kCheckpointSignature,  // a checkpoint was not signed with this key
    kCutOff,               // the chain ends before what a checkpoint covers
    kHead,                 // the chain does not end where the lease says
    kIncarnation,          // not the database that the last checkpoint is of
    kUnsequenced,          // a row has neither a position nor a pending entry
    kPending,              // a pending entry does not match its row, or the row has a position
  };
  Kind kind;
  // Zero where the finding is of a row without a position.
  uint64_t position = 0;
  // Zero where no row is known.
  uint64_t journal_id = 0;
  // For a person, in English.
  std::string reason;
};

// A stable lower-case word ("gap", "row_missing", …).
std::string KindName(Finding::Kind kind);

struct VerifyReport {
  // Positions whose rows fit, from 1.
  uint64_t verified = 0;
  uint64_t head = 0;
  uint64_t pending = 0;
  uint64_t checkpoints_matched = 0;
  // Made after a point in time to which the database was later restored.
  uint64_t checkpoints_superseded = 0;
  // The incarnation of the database.
  std::string incarnation;
  std::optional<Finding> finding;

  bool ok() const { return !finding.has_value(); }
};

// Recomputes contents and chain and compares with every checkpoint. Reads in one transaction with
// one view of the data, so writers may go on meanwhile. Errors are those of the database.
absl::StatusOr<VerifyReport> Verify(mysql::Connection& connection, const VerifyOptions& options);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_VERIFY_H_
