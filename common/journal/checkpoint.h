// Signed statements of how far a journal had come, in a file outside its database: who can rewrite
// the database can rewrite its chain, but not what was signed before with a key he does not have.
#ifndef QINGLIAN_COMMON_JOURNAL_CHECKPOINT_H_
#define QINGLIAN_COMMON_JOURNAL_CHECKPOINT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock/clock.h"
#include "common/journal/sequencer.h"
#include "common/mysql/mysql.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// The 32 bytes of a key file: 64 hexadecimal digits and a line end, made at set-up
// (`openssl rand -hex 32`). INVALID_ARGUMENT, reason CONFIG_INVALID, where there is no such thing.
absl::StatusOr<std::string> LoadKey(const std::string& path);

// Of all fields but the signature itself, by the key of LoadKey.
std::string SignatureOf(const v1::Checkpoint& checkpoint, const std::string& key);

struct CheckpointOptions {
  std::string service;
  // The checkpoints go to `{dir}/{service}.checkpoints`, one JSON object a line. The folder exists.
  std::string dir;
  // As of LoadKey.
  std::string key;
  const clock::Clock& clock;
  // A checkpoint is due after so many positions, or after this time where anything changed.
  uint64_t positions = 1000;
  absl::Duration interval = absl::Seconds(10);
};

// Writes checkpoints. Used by one thread: the sequencer's, as its on_head.
class CheckpointWriter {
 public:
  // Reads what was written before; a last line that was cut off by a crash is removed. INTERNAL,
  // reason IO_FAILED, where the file cannot be opened or read.
  static absl::StatusOr<std::unique_ptr<CheckpointWriter>> Open(CheckpointOptions options);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  // Writes a checkpoint if one is due; it is on disk when this returns. INTERNAL, reason IO_FAILED,
  // where it could not be written: then it is due again.
  absl::Status OnHead(const Head& head);

  // The position of the last one written.
  uint64_t last() const { return last_.position(); }

 private:
  CheckpointWriter(CheckpointOptions options, int file)
      : options_(std::move(options)), file_(file) {}
  bool Due(const Head& head, const std::string& incarnation, absl::Time now) const;

  const CheckpointOptions options_;
  const int file_;
  v1::Checkpoint last_;
  absl::Time written_ = absl::InfinitePast();
};

// The checkpoints in a file, in its order; none where there is no file. INVALID_ARGUMENT, reason
// CONFIG_INVALID, names the line that is not one. Signatures are not looked at.
absl::StatusOr<std::vector<v1::Checkpoint>> ReadCheckpoints(const std::string& path);

// Where the checkpoints of a service lie.
std::string CheckpointPath(const std::string& dir, const std::string& service);

// Marks a database as restored: resume tokens given before are refused from now on, and followers
// take snapshots. For the procedure that restores a backup, before services start on it. Returns
// the head to be signed before anything is added to the journal: the checkpoints that were signed
// beyond it are of a past that was given up, and only a checkpoint of the new incarnation tells
// from where.
absl::StatusOr<Head> RenewIncarnation(mysql::Connection& connection);

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_CHECKPOINT_H_
