// A schema of its own for each test, on a MariaDB that the tests share.
#ifndef QINGLIAN_TESTS_SUPPORT_DATABASE_H_
#define QINGLIAN_TESTS_SUPPORT_DATABASE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "common/mysql/migrate.h"
#include "common/mysql/mysql.h"

namespace qinglian::test {

// The socket of the server: QINGLIAN_TEST_MYSQL_SOCKET, which ctest's fixture sets, or else of a
// server started for this process and stopped at its end. Ends the process when none can be had.
std::string DatabaseSocket();

// Creates a schema with a unique name and drops it at its end. What cannot be done ends the
// process: a test without its database says nothing.
class TestDatabase {
 public:
  // An empty schema, or one brought to the last of `migrations`.
  explicit TestDatabase(absl::Span<const mysql::Migration> migrations = {});
  // A schema that is there already, such as one that was restored, on the server with this socket.
  TestDatabase(const std::string& socket, const std::string& schema);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const mysql::Options& options() const { return options_; }
  // The same as a URL, for the configuration of a process.
  std::string url() const;
  std::unique_ptr<mysql::Connection> Open() const;
  // Runs statements, separated by semicolons.
  void Run(std::string_view script) const;
  // The first column of the first row, as text; "" for none.
  std::string Value(std::string_view sql) const;

 private:
  mysql::Options options_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_DATABASE_H_
