// Numbered, forward-only migrations of a schema, embedded in the binary that needs them.
//
// A folder of files `0001_what_it_does.sql`, numbered without gaps; `qinglian_embed_migrations` in
// CMake makes a library of it. The first line of each is `-- oldest-binary: N`: the oldest head
// (the highest number a binary knows) of a binary that can still work once this file was applied. A
// file holds plain statements ended by semicolons; DELIMITER is refused. Once released, a file
// never changes.
#ifndef QINGLIAN_COMMON_MYSQL_MIGRATE_H_
#define QINGLIAN_COMMON_MYSQL_MIGRATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/mysql/mysql.h"

namespace qinglian::mysql {

struct Migration {
  int number;
  std::string_view name;      // the file's, without number and ending
  std::string_view checksum;  // SHA-256 of the file, 64 hex digits
  std::string_view text;
};

struct MigrateOptions {
  // Who applies, for the record: program, version, machine.
  std::string applied_by;
  // Go on with a migration that was started and not finished, from its first statement not recorded
  // as done.
  bool resume = false;
  // How long to wait for another migrator at work.
  absl::Duration wait = absl::Minutes(2);
  // For how long the lease outlives a migrator that died.
  absl::Duration lease = absl::Seconds(15);
};

// Brings the schema of `options`, which must exist, to the last of `migrations`; does nothing when
// it is there or beyond. One migrator works at a time, by a lease judged by the database's clock;
// each statement is recorded, and a statement that only changes rows together with its record.
//
// Errors are sentences for an operator. FAILED_PRECONDITION: a file changed after it was applied, a
// migration was left unfinished (and not `resume`), a statement failed, or the schema is too new
// for this binary. INVALID_ARGUMENT: the embedded files are wrong. ABORTED: the lease was lost to
// another migrator, or is held for longer than `wait`. UNAVAILABLE: the database is.
absl::Status Migrate(const Options& options, absl::Span<const Migration> migrations,
                     const MigrateOptions& migrate);

// Whether a binary with these migrations can serve on the schema: it is at least at their head,
// nothing is half applied, and everything applied accepts a binary of this head.
// FAILED_PRECONDITION says in one sentence what is wrong and what to do.
absl::Status CheckSchema(Connection& connection, absl::Span<const Migration> migrations);

// The statements of a script: split at semicolons outside quotes and comments; comments dropped
// except
// /*! … */. INVALID_ARGUMENT for DELIMITER, an open quote or an open comment.
absl::StatusOr<std::vector<std::string>> SplitSql(std::string_view script);

// The number in the first line `-- oldest-binary: N`.
absl::StatusOr<int> OldestBinary(std::string_view script);

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_MIGRATE_H_
