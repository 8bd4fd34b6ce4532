// The inside of a connection: the driver's objects and the prepared statements kept. Private to
// this folder.
#ifndef QINGLIAN_COMMON_MYSQL_CORE_H_
#define QINGLIAN_COMMON_MYSQL_CORE_H_

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/mysql/mysql.h"
#include "common/mysql/mysql_compat.h"

namespace qinglian::mysql {

// One prepared statement. `busy` while Rows of it live.
struct Prepared {
  std::string sql;
  std::unique_ptr<sql::PreparedStatement> statement;
  bool busy = false;
};

struct Connection::Core {
  Options options;
  Observer* observer = nullptr;
  bool broken = false;
  // Between Begin and the Commit or Rollback that ends it.
  bool in_transaction = false;
  // The server rolled the open transaction back. What came now would commit by itself, one
  // statement at a time, so nothing is let through until Rollback or Begin.
  bool doomed = false;
  bool is_mariadb = false;
  int savepoints = 0;
  absl::Time last_used;
  // The limit the session now has, in seconds; 0 is none.
  int64_t statement_timeout = 0;
  std::unique_ptr<sql::Connection> connection;
  std::unique_ptr<sql::Statement> plain;
  // Most recently used first.
  std::list<std::shared_ptr<Prepared>> kept;
  std::unordered_map<std::string_view, std::list<std::shared_ptr<Prepared>>::iterator> by_sql;

  ~Core();

  // A statement for `sql` that no Rows hold, prepared now or earlier.
  std::shared_ptr<Prepared> Prepare(std::string_view sql);
  void Forget(const Prepared& prepared);

  // Runs `fn`, which may throw, and makes a status of what it throws. `prepared` is forgotten after
  // an error that may have left it unusable.
  template <typename F>
  absl::Status Guard(F&& fn);
  absl::Status Note(int number, std::string_view text);
};

template <typename F>
absl::Status Connection::Core::Guard(F&& fn) {
  if (broken) return Note(2006, "The connection is closed.");
  if (doomed) return Note(1213, "The transaction was rolled back before.");
  absl::Status result;
  try {
    fn();
  } catch (const sql::SQLException& e) {
    result = Note(e.getErrorCode(), e.what());
  } catch (const std::exception& e) {
    result = Note(0, e.what());
  }
  last_used = absl::Now();
  return result;
}

// The kind of a statement, such as "SELECT": one of few words of this program's own, "OTHER" for
// what is none of them.
std::string_view StatementKind(std::string_view sql);

struct Rows::Impl {
  // In this order, so that the rows go before their statement, and that before the connection.
  std::shared_ptr<Connection::Core> core;
  std::shared_ptr<Prepared> prepared;
  std::unique_ptr<sql::Statement> statement;
  std::unique_ptr<sql::ResultSet> result;
  int columns = 0;

  ~Impl();
};

}  // namespace qinglian::mysql

#endif  // QINGLIAN_COMMON_MYSQL_CORE_H_
