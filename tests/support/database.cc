#include "tests/support/database.h"

#include <pwd.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"

namespace qinglian::test {
namespace {

[[noreturn]] void Die(const std::string& what) {
  std::cerr << "test database: " << what << std::endl;
  std::exit(1);
}

void Check(const absl::Status& status) {
  if (!status.ok()) Die(absl::StrCat(status.message(), " ", mysql::InternalText(status)));
}

std::string UserName() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? "root" : user->pw_name;
}

// A server of this process alone.
class PrivateServer {
 public:
  PrivateServer() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "qinglian-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) Die("cannot make a temporary folder");
    dir_ = pattern;
    if (Control("start", "0 durability=relaxed buffer_pool=128M") != 0) Die("no server");
  }
  ~PrivateServer() {
    Control("stop", "");
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  std::string socket() const { return dir_ + "/mysql.sock"; }

 private:
  int Control(const char* command, const char* arguments) {
    return std::system(absl::StrCat(QINGLIAN_SOURCE_DIR "/deploy/mysql/server ", command, " ", dir_,
                                    " ", arguments)
                           .c_str());
  }
  std::string dir_;
};

std::string UniqueSchema() {
  static const uint32_t run = std::random_device{}();
  static std::atomic<int> count{0};
  return absl::StrCat("test_", absl::Hex(run), "_", getpid(), "_", ++count);
}

}  // namespace

std::string DatabaseSocket() {
  const char* socket = std::getenv("QINGLIAN_TEST_MYSQL_SOCKET");
  if (socket != nullptr && *socket != '\0') return socket;
  static PrivateServer server;
  return server.socket();
}

TestDatabase::TestDatabase(absl::Span<const mysql::Migration> migrations) {
  options_.unix_socket = DatabaseSocket();
  options_.user = UserName();
  absl::StatusOr<std::unique_ptr<mysql::Connection>> connection = mysql::Connection::Open(options_);
  Check(connection.status());
  options_.schema = UniqueSchema();
  Check((*connection)
            ->Run(absl::StrCat("CREATE DATABASE ", options_.schema,
                               " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")));
  mysql::MigrateOptions migrate;
  migrate.applied_by = "test";
  if (!migrations.empty()) Check(mysql::Migrate(options_, migrations, migrate));
}

TestDatabase::TestDatabase(const std::string& socket, const std::string& schema) {
  options_.unix_socket = socket;
  options_.user = UserName();
  options_.schema = schema;
  Check(mysql::Connection::Open(options_).status());
}

TestDatabase::~TestDatabase() {
  mysql::Options options = options_;
  options.schema.clear();
  absl::StatusOr<std::unique_ptr<mysql::Connection>> connection = mysql::Connection::Open(options);
  if (!connection.ok()) return;
  (void)(*connection)->Run("SET SESSION lock_wait_timeout=5");
  (void)(*connection)->Run(absl::StrCat("DROP DATABASE IF EXISTS ", options_.schema));
}

std::string TestDatabase::url() const {
  return absl::StrCat("mysql://", options_.user, "@localhost/", options_.schema,
                      "?socket=", options_.unix_socket);
}

std::unique_ptr<mysql::Connection> TestDatabase::Open() const {
  absl::StatusOr<std::unique_ptr<mysql::Connection>> connection = mysql::Connection::Open(options_);
  Check(connection.status());
  return *std::move(connection);
}

void TestDatabase::Run(std::string_view script) const {
  absl::StatusOr<std::vector<std::string>> statements = mysql::SplitSql(script);
  Check(statements.status());
  std::unique_ptr<mysql::Connection> connection = Open();
  for (const std::string& statement : *statements) Check(connection->Run(statement));
}

std::string TestDatabase::Value(std::string_view sql) const {
  std::unique_ptr<mysql::Connection> connection = Open();
  absl::StatusOr<mysql::Rows> rows = connection->QueryText(sql);
  Check(rows.status());
  return rows->Next() ? rows->Bytes(0) : "";
}

}  // namespace qinglian::test
