// Statements, rows and connections of the MySQL protocol. Exceptions of the driver end here.
//
// Threading: a Connection, its Rows and a Session belong to one thread at a time.
#ifndef QINGLIAN_COMMON_MYSQL_MYSQL_H_
#define QINGLIAN_COMMON_MYSQL_MYSQL_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/mysql/errors.h"
#include "common/mysql/options.h"

namespace qinglian::mysql {

// Obtains the driver. Call once in main, before any thread starts: the driver's own registry is not
// guarded. Later calls do nothing.
void InitializeDriver();

// What happens below, for metrics. Called from the thread that owns the connection; must be quick
// and safe for many threads at a time, since sessions may share one.
class Observer {
 public:
  virtual ~Observer() = default;
  // A transaction runs again because of `number` (1213, 1205, 1020).
  virtual void Retried(int number) {}
  virtual void Failed(ErrorClass error_class) {}
  // A session opened a connection in place of one it had.
  virtual void Reconnected() {}
  // Time not spent in statements: opening a connection, or pausing before a retry.
  virtual void Waited(absl::Duration duration) {}
  // How a lost COMMIT was resolved: "committed", "absent" or "unknown".
  virtual void CommitResolved(std::string_view outcome) {}
};

// A value for a `?`. Text and bytes are referred to, not copied: they must live until the call that
// takes the parameter returns.
class Param {
 public:
  Param(std::nullptr_t) {}      // NOLINT: implicit, so that lists of parameters read as values
  Param(std::nullopt_t) {}      // NOLINT
  Param(bool v) : value_(v) {}  // NOLINT
  Param(int v) : value_(int64_t{v}) {}                          // NOLINT
  Param(unsigned v) : value_(uint64_t{v}) {}                    // NOLINT
  Param(long v) : value_(int64_t{v}) {}                         // NOLINT
  Param(unsigned long v) : value_(uint64_t{v}) {}               // NOLINT
  Param(long long v) : value_(int64_t{v}) {}                    // NOLINT
  Param(unsigned long long v) : value_(uint64_t{v}) {}          // NOLINT
  Param(double v) : value_(v) {}                                // NOLINT
  Param(std::string_view v) : value_(v) {}                      // NOLINT
  Param(const std::string& v) : value_(std::string_view(v)) {}  // NOLINT
  Param(const char* v) : value_(std::string_view(v)) {}         // NOLINT
  // DATETIME(6) in UTC, truncated to microseconds; years 1 to 9999.
  Param(absl::Time v) : value_(v) {}  // NOLINT
  // DATE, years 1 to 9999.
  Param(absl::CivilDay v) : value_(v) {}  // NOLINT
  template <typename T>
  Param(const std::optional<T>& v) {  // NOLINT
    if (v.has_value()) *this = Param(*v);
  }

  using Value = std::variant<std::monostate, bool, int64_t, uint64_t, double, std::string_view,
                             absl::Time, absl::CivilDay>;
  const Value& value() const { return value_; }

 private:
  Value value_;
};

// The rows of one query, all of them buffered: page by keys, not by hope. Columns count from 0.
// While it lives, the statement it came from is not executed again (the same SQL runs on a second
// statement), so keeping it longer than needed costs but never lies. Asking for a column that is
// not there ends the process: that is a fault of the program.
class Rows {
 public:
  struct Impl;
  explicit Rows(std::unique_ptr<Impl> impl);
  Rows(Rows&&) noexcept;
  Rows& operator=(Rows&&) noexcept;
  ~Rows();

  // Moves to the next row, at first to the first; false after the last.
  bool Next();
  size_t size() const;
  int columns() const;
  // The name of a column as the query gave it.
  std::string ColumnName(int i) const;

  bool IsNull(int i) const;
  // NULL reads as 0, "", the Unix epoch.
  int64_t Int(int i) const;
  uint64_t Uint(int i) const;
  double Double(int i) const;
  bool Bool(int i) const { return Int(i) != 0; }
  std::string Bytes(int i) const;
  // A DATETIME of any precision, as UTC.
  absl::Time Time(int i) const;
  absl::CivilDay Day(int i) const;

 private:
  std::unique_ptr<Impl> impl_;
};

// One connection, set up alike whatever the server's own settings are: READ COMMITTED, UTC, strict
// mode, utf8mb4 with binary collation for literals, matched rows counted instead of changed ones.
class Connection {
 public:
  // UNAVAILABLE when the server cannot be reached or is full; INTERNAL with a clear InternalText
  // when user, password, schema or TLS is wrong.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Options& options,
                                                          Observer* observer = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs a prepared statement (kept by its text) that returns rows. Errors as in errors.h.
  absl::StatusOr<Rows> Query(std::string_view sql, absl::Span<const Param> params);
  absl::StatusOr<Rows> Query(std::string_view sql, std::initializer_list<Param> params = {}) {
    return Query(sql, absl::MakeConstSpan(params.begin(), params.size()));
  }

  // Runs a prepared statement that returns none; answers the number of rows it matched (for an
  // INSERT … ON DUPLICATE KEY UPDATE: 1 inserted, 2 changed, 1 left as it was).
  absl::StatusOr<int64_t> Execute(std::string_view sql, absl::Span<const Param> params);
  absl::StatusOr<int64_t> Execute(std::string_view sql, std::initializer_list<Param> params = {}) {
    return Execute(sql, absl::MakeConstSpan(params.begin(), params.size()));
  }

  // A plain statement without preparing: SET, CREATE TABLE, SAVEPOINT. Rows, if any, are dropped.
  absl::Status Run(std::string_view sql);
  // A plain query without preparing: for SQL that is written once, whose text varies.
  absl::StatusOr<Rows> QueryText(std::string_view sql);

  // A transaction by hand; Transact (transact.h) is what nearly all code wants. Rollback that fails
  // marks the connection broken, so that its locks cannot linger. Commit answers ABORTED without
  // asking the server when the transaction is doomed.
  absl::Status Begin();
  absl::Status Commit();
  void Rollback();

  // The connection is of no more use: close it and open another.
  bool broken() const;
  // A round trip; false marks the connection broken.
  bool Ping();
  // The server rolled the open transaction back, or the connection was lost: until Rollback or
  // Begin every statement answers ABORTED, for it would commit by itself.
  bool doomed() const;
  // When the last statement ended.
  absl::Time last_used() const;
  const Options& options() const;
  // "mariadb" or "mysql" (anything else that speaks the protocol), by the server's own version.
  bool is_mariadb() const;

  // Lets the server cut statements that outlive `deadline`: exact within a factor of two, since the
  // session setting is sent only when the limit moves to another power of two seconds. On MySQL
  // only queries are cut. DEADLINE_EXCEEDED when the deadline has passed; InfiniteFuture lifts it.
  absl::Status SetStatementTimeout(absl::Time deadline);

  // Prepared statements now kept, for tests.
  size_t cached_statements() const;

  struct Core;
  explicit Connection(std::shared_ptr<Core> core);

 private:
  friend absl::Status Savepoint(Connection& connection,
                                absl::FunctionRef<absl::Status(Connection&)> fn);

  // Shared with the Rows it gave, which may outlive it.
  std::shared_ptr<Core> core_;
};

// One worker's connection, opened when first needed and opened again when it broke.
class Session {
 public:
  explicit Session(Options options, Observer* observer = nullptr);
  ~Session();

  // A connection that works as far as is known: one idle for longer than five seconds is pinged.
  // The pointer holds until the next Acquire or Reset. Errors as of Connection::Open.
  absl::StatusOr<Connection*> Acquire();
  // Closes the connection; the next Acquire opens another.
  void Reset();
  Observer* observer() const { return observer_; }

 private:
  Options options_;
  Observer* observer_;
  std::unique_ptr<Connection> connection_;
  bool opened_before_ = false;
};

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_MYSQL_H_
