#include "common/mysql/migrate.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/mysql/lease.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/status/text.h"

// The errors here are long sentences for an operator at a terminal; they never cross the wire, so
// they are plain statuses and not of the catalogue, which would cut them.
namespace qinglian::mysql {
namespace {

using status::View;

constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS schema_migrations("
    " number INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, checksum CHAR(64) NOT NULL,"
    " oldest_binary INT NOT NULL, statements_done INT NOT NULL, started DATETIME(6) NOT NULL,"
    " finished DATETIME(6), applied_by VARCHAR(200) NOT NULL)"
    " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
constexpr int kNoSuchTable = 1146;

struct Applied {
  std::string name;
  std::string checksum;
  int oldest_binary = 0;
  int statements_done = 0;
  bool finished = false;
};

using AppliedByNumber = std::map<int, Applied>;

std::string Label(int number, std::string_view name) {
  return absl::StrFormat("%04d (%s)", number, View(name));
}

int Head(absl::Span<const Migration> migrations) {
  return migrations.empty() ? 0 : migrations.back().number;
}

absl::StatusOr<AppliedByNumber> ReadApplied(Connection& connection) {
  ASSIGN_OR_RETURN(Rows rows, connection.QueryText(
                                  "SELECT number, name, checksum, oldest_binary, statements_done, "
                                  "finished FROM schema_migrations ORDER BY number"));
  AppliedByNumber result;
  while (rows.Next()) {
    result[static_cast<int>(rows.Int(0))] = {rows.Bytes(1), rows.Bytes(2),
                                             static_cast<int>(rows.Int(3)),
                                             static_cast<int>(rows.Int(4)), !rows.IsNull(5)};
  }
  return result;
}

absl::Status CheckEmbedded(absl::Span<const Migration> migrations) {
  int expected = 1;
  for (const Migration& migration : migrations) {
    std::string label = Label(migration.number, migration.name);
    if (migration.number != expected++) {
      return absl::InvalidArgumentError(
          absl::StrCat("Migration ", label, " is out of order: numbers rise by one from 0001."));
    }
    absl::StatusOr<int> oldest = OldestBinary(migration.text);
    absl::Status split = SplitSql(migration.text).status();
    absl::Status wrong = oldest.ok() ? split : oldest.status();
    if (!wrong.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Migration ", label, ": ", wrong.message()));
    }
    if (*oldest > migration.number) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Migration ", label, " says that no binary that knows it can live with it."));
    }
  }
  return absl::OkStatus();
}

absl::Status Unfinished(int number, const Applied& applied, bool known) {
  std::string label = Label(number, applied.name);
  if (!known) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Migration ", label,
        " of a newer binary was started and not finished; finish it with that binary."));
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "Migration ", label, " was started and not finished; its first ", applied.statements_done,
      " statements are recorded as done. Look whether statement ", applied.statements_done + 1,
      " took effect in the schema. If it did not, run migrate with --resume, which goes on from "
      "it. If "
      "it did, first run: UPDATE schema_migrations SET statements_done=",
      applied.statements_done + 1, " WHERE number=", number, "; then migrate with --resume."));
}

absl::Status Changed(const Migration& migration, const Applied& applied) {
  std::string label = Label(migration.number, migration.name);
  if (applied.finished) {
    return absl::FailedPreconditionError(absl::StrCat(
        "Migration ", label,
        " was applied with other content than this binary holds; restore the file as it "
        "was and put the change into a new migration."));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("Migration ", label,
                   " was started with other content than this binary holds; undo its "
                   "first ",
                   applied.statements_done,
                   " statements by hand, run: DELETE FROM schema_migrations "
                   "WHERE number=",
                   migration.number, "; then run migrate again."));
}

// What both a migrator and a server refuse.
absl::Status CheckApplied(const AppliedByNumber& all, absl::Span<const Migration> migrations,
                          bool resume) {
  int head = Head(migrations);
  int expected = 1;
  for (const auto& [number, applied] : all) {
    if (number != expected++) {
      return absl::FailedPreconditionError(
          absl::StrCat("schema_migrations has no row for number ", expected - 1,
                       " but later ones; restore the schema from a backup or put the row back."));
    }
    bool known = number <= head;
    if (known && applied.checksum != migrations[number - 1].checksum) {
      return Changed(migrations[number - 1], applied);
    }
    if (!applied.finished && !(known && resume)) return Unfinished(number, applied, known);
    if (applied.oldest_binary > head) {
      return absl::FailedPreconditionError(absl::StrCat(
          "The schema is too new for this binary: migration ", Label(number, applied.name),
          " needs a binary that knows at least migration ", applied.oldest_binary,
          " and this one knows ", head, "; deploy a newer binary."));
    }
  }
  return absl::OkStatus();
}

class Migrator {
 public:
  Migrator(Connection& connection, MigrationLease& lease, const MigrateOptions& options)
      : connection_(connection), lease_(lease), options_(options) {}

  absl::Status Apply(const Migration& migration, int done, bool started) {
    ASSIGN_OR_RETURN(std::vector<std::string> statements, SplitSql(migration.text));
    if (!started) RETURN_IF_ERROR(RecordStart(migration));
    for (int i = done; i < static_cast<int>(statements.size()); ++i) {
      absl::Status status = RunStatement(migration, statements[i], i + 1);
      if (!status.ok()) return Explain(migration, i + 1, statements.size(), status);
    }
    return InTransaction([&] {
      return connection_
          .Execute("UPDATE schema_migrations SET finished=NOW(6) WHERE number=?",
                   {migration.number})
          .status();
    });
  }

 private:
  absl::Status RecordStart(const Migration& migration) {
    ASSIGN_OR_RETURN(int oldest, OldestBinary(migration.text));
    return InTransaction([&] {
      return connection_
          .Execute(
              "INSERT INTO schema_migrations(number, name, checksum, oldest_binary, "
              "statements_done, started, applied_by) VALUES(?,?,?,?,0,NOW(6),?)",
              {migration.number, migration.name, migration.checksum, oldest, options_.applied_by})
          .status();
    });
  }

  // DDL commits by itself, before and after: then the record follows it alone. Anything else shares
  // its transaction with the record.
  absl::Status RunStatement(const Migration& migration, const std::string& statement, int done) {
    return InTransaction([&] {
      RETURN_IF_ERROR(connection_.Run(statement));
      return connection_
          .Execute("UPDATE schema_migrations SET statements_done=? WHERE number=?",
                   {done, migration.number})
          .status();
    });
  }

  absl::Status InTransaction(absl::FunctionRef<absl::Status()> work) {
    RETURN_IF_ERROR(connection_.Begin());
    absl::Status status = lease_.Fence();
    if (status.ok()) status = work();
    if (status.ok()) return connection_.Commit();
    connection_.Rollback();
    return status;
  }

  static absl::Status Explain(const Migration& migration, int statement, size_t count,
                              const absl::Status& cause) {
    if (ErrorNumber(cause) == 0) return cause;
    std::string text = absl::StrCat(
        "Migration ", Label(migration.number, migration.name), " stopped at statement ", statement,
        " of ", count, ": ", InternalText(cause),
        ". Put right what it names, then run migrate with --resume, which goes on from there.");
    if (absl::IsUnavailable(cause)) return absl::UnavailableError(text);
    return absl::FailedPreconditionError(text);
  }

  Connection& connection_;
  MigrationLease& lease_;
  const MigrateOptions& options_;
};

absl::StatusOr<std::unique_ptr<Connection>> OpenForMigration(Options options) {
  // An ALTER TABLE may be silent for hours.
  options.io_timeout = absl::Hours(24);
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::Open(options));
  // While a statement waits for a table that is in use, everybody else waits behind it.
  RETURN_IF_ERROR(connection->Run("SET SESSION lock_wait_timeout=60"));
  return connection;
}

}  // namespace

absl::Status Migrate(const Options& options, absl::Span<const Migration> migrations,
                     const MigrateOptions& migrate) {
  RETURN_IF_ERROR(CheckEmbedded(migrations));
  ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, OpenForMigration(options));
  ASSIGN_OR_RETURN(std::unique_ptr<MigrationLease> lease,
                   MigrationLease::Acquire(*connection, migrate.lease, migrate.wait));
  RETURN_IF_ERROR(connection->Run(kCreate));
  ASSIGN_OR_RETURN(AppliedByNumber applied, ReadApplied(*connection));
  RETURN_IF_ERROR(CheckApplied(applied, migrations, migrate.resume));
  Migrator migrator(*connection, *lease, migrate);
  for (const Migration& migration : migrations) {
    auto found = applied.find(migration.number);
    bool started = found != applied.end();
    if (started && found->second.finished) continue;
    RETURN_IF_ERROR(
        migrator.Apply(migration, started ? found->second.statements_done : 0, started));
  }
  return absl::OkStatus();
}

absl::Status CheckSchema(Connection& connection, absl::Span<const Migration> migrations) {
  absl::StatusOr<AppliedByNumber> applied = ReadApplied(connection);
  if (ErrorNumber(applied.status()) == kNoSuchTable) {
    return absl::FailedPreconditionError(
        "The schema holds no tables of this program yet; run migrate.");
  }
  if (!applied.ok()) return applied.status();
  RETURN_IF_ERROR(CheckApplied(*applied, migrations, /*resume=*/false));
  int at = applied->empty() ? 0 : applied->rbegin()->first;
  if (at >= Head(migrations)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("The schema is at migration ", at,
                                                    " and this binary needs ", Head(migrations),
                                                    "; run migrate."));
}

}  // namespace qinglian::mysql
