#include "common/mysql/mysql.h"

#include <algorithm>

#include "absl/base/call_once.h"
#include "absl/strings/str_cat.h"
#include "common/mysql/core.h"
#include "common/mysql/datetime.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "common/trace/span.h"

namespace qinglian::mysql {
namespace {

constexpr absl::Duration kPingAfter = absl::Seconds(5);

sql::Driver* g_driver = nullptr;

// libmysqlclient wants each thread announced; MariaDB's library does not mind.
class ThreadGuard {
 public:
  ThreadGuard() { g_driver->threadInit(); }
  ~ThreadGuard() { g_driver->threadEnd(); }
};

void UseDriver() {
  InitializeDriver();
  thread_local ThreadGuard guard;
}

int WholeSeconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Seconds(duration), 1, 86'400));
}

sql::ConnectOptionsMap DriverOptions(const Options& options) {
  sql::ConnectOptionsMap map;
  map["hostName"] = sql::SQLString(options.unix_socket.empty()
                                       ? absl::StrCat("tcp://", options.host, ":", options.port)
                                       : absl::StrCat("unix://", options.unix_socket));
  map["userName"] = sql::SQLString(options.user);
  map["password"] = sql::SQLString(options.password);
  if (!options.schema.empty()) map["schema"] = sql::SQLString(options.schema);
  map["OPT_CONNECT_TIMEOUT"] = WholeSeconds(options.connect_timeout);
  map["OPT_READ_TIMEOUT"] = WholeSeconds(options.io_timeout);
  map["OPT_WRITE_TIMEOUT"] = WholeSeconds(options.io_timeout);
  map["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  map["OPT_LOCAL_INFILE"] = 0;
  map["CLIENT_FOUND_ROWS"] = true;
  if (!options.tls_ca.empty()) {
    // Connector 1.1 obeys sslVerify only, 9.x the mode only.
    map["sslVerify"] = true;
    map["sslCA"] = sql::SQLString(options.tls_ca);
#ifdef MYSQL_CONCPP_VERSION_NUMBER
    map["OPT_SSL_MODE"] = static_cast<int>(sql::SSL_MODE_VERIFY_IDENTITY);
#endif
  }
  return map;
}

absl::Status SetUp(Connection& connection) {
  // The driver forces REPEATABLE READ on connecting, so this comes after it.
  RETURN_IF_ERROR(connection.Run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
  RETURN_IF_ERROR(connection.Run("SET NAMES utf8mb4 COLLATE utf8mb4_bin"));
  return connection.Run(
      absl::StrCat("SET time_zone='+00:00', sql_mode='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,"
                   "STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
                   "NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout=",
                   WholeSeconds(connection.options().lock_wait_timeout)));
}

// A node of a Galera cluster applies what the others have acknowledged a little later. A connection
// may be the first to another node than before, whose writer has died: nothing may be read there
// that is older than what was answered, nor may a COMMIT be called absent that is still to be
// applied. So the node first catches up with the cluster; from then on everything is written here.
absl::Status CatchUp(Connection& connection) {
  ASSIGN_OR_RETURN(Rows rows, connection.QueryText("SHOW VARIABLES LIKE 'wsrep_on'"));
  if (!rows.Next() || rows.Bytes(1) != "ON") return absl::OkStatus();
  RETURN_IF_ERROR(connection.Run("SET SESSION wsrep_sync_wait=1"));
  const absl::Status caught_up = connection.Run("SELECT 1");
  // A lock wait timeout, by its number.
  if (IsConflict(caught_up)) return MakeError(1047, "the node does not catch up with its cluster");
  RETURN_IF_ERROR(caught_up);
  return connection.Run("SET SESSION wsrep_sync_wait=DEFAULT");
}

absl::Status CheckTls(Connection& connection) {
  ASSIGN_OR_RETURN(Rows rows, connection.QueryText("SHOW STATUS LIKE 'Ssl_cipher'"));
  if (rows.Next() && !rows.Bytes(1).empty()) return absl::OkStatus();
  return MakeError(2026, "tls_ca is set but the server answered without TLS");
}

// Errors after which a prepared statement is as good as before.
bool KeepsStatement(const absl::Status& status) {
  switch (ErrorClassOf(status).value_or(ErrorClass::kInternal)) {
    case ErrorClass::kDuplicate:
    case ErrorClass::kReference:
    case ErrorClass::kConflict:
    case ErrorClass::kTimeout:
      return true;
    default:
      return false;
  }
}

class Binder {
 public:
  Binder(sql::PreparedStatement* statement, unsigned index)
      : statement_(statement), index_(index) {}

  void operator()(std::monostate) { statement_->setNull(index_, sql::DataType::VARCHAR); }
  void operator()(bool v) { statement_->setInt64(index_, v ? 1 : 0); }
  void operator()(int64_t v) { statement_->setInt64(index_, v); }
  void operator()(uint64_t v) { statement_->setUInt64(index_, v); }
  void operator()(double v) { statement_->setDouble(index_, v); }
  void operator()(std::string_view v) {
    statement_->setString(index_, sql::SQLString(v.data(), v.size()));
  }
  void operator()(absl::Time v) { Set(FormatDateTime(v)); }
  void operator()(absl::CivilDay v) { Set(FormatDay(v)); }

 private:
  void Set(const std::optional<std::string>& text) {
    if (!text.has_value())
      throw sql::InvalidArgumentException("a time outside the years 1 to 9999");
    statement_->setString(index_, sql::SQLString(*text));
  }

  sql::PreparedStatement* statement_;
  unsigned index_;
};

// The span of a statement, by its kind: the text may hold what nobody else is to see.
trace::Span BeginStatement(const Connection::Core& core, std::string_view sql) {
  if (!trace::Recorded()) return {};
  const std::string_view kind = StatementKind(sql);
  trace::Span span = trace::Child(trace::Kind::kClient, kind);
  span.Set(trace::Attribute::kDatabaseSystem, core.is_mariadb ? "mariadb" : "mysql");
  span.Set(trace::Attribute::kStatement, kind);
  return span;
}

void Bind(sql::PreparedStatement* statement, absl::Span<const Param> params) {
  for (size_t i = 0; i < params.size(); ++i) {
    std::visit(Binder(statement, static_cast<unsigned>(i + 1)), params[i].value());
  }
}

}  // namespace

void InitializeDriver() {
  static absl::once_flag once;
  absl::call_once(once, [] { g_driver = sql::mysql::get_driver_instance(); });
}

Connection::Core::~Core() {
  // The statements go before the connection they were prepared on.
  by_sql.clear();
  kept.clear();
  plain.reset();
  connection.reset();
}

std::shared_ptr<Prepared> Connection::Core::Prepare(std::string_view sql) {
  auto found = by_sql.find(sql);
  if (found != by_sql.end()) {
    kept.splice(kept.begin(), kept, found->second);
    if (!kept.front()->busy) return kept.front();
  }
  auto prepared = std::make_shared<Prepared>();
  prepared->sql = std::string(sql);
  prepared->statement.reset(connection->prepareStatement(sql::SQLString(sql.data(), sql.size())));
  // A second statement of the same text lives only as long as its Rows.
  if (found != by_sql.end()) return prepared;
  while (kept.size() >= options.statement_cache && !kept.empty()) {
    by_sql.erase(kept.back()->sql);
    kept.pop_back();
  }
  kept.push_front(prepared);
  by_sql[kept.front()->sql] = kept.begin();
  return prepared;
}

void Connection::Core::Forget(const Prepared& prepared) {
  auto found = by_sql.find(prepared.sql);
  if (found == by_sql.end() || found->second->get() != &prepared) return;
  auto position = found->second;
  by_sql.erase(found);
  kept.erase(position);
}

absl::Status Connection::Core::Note(int number, std::string_view text) {
  absl::Status result = MakeError(number, text);
  ErrorClass error_class = Classify(number);
  // A client error other than a lost connection leaves the protocol in a state nobody knows.
  if (error_class == ErrorClass::kLost || (number >= 2000 && number < 3000)) broken = true;
  if (in_transaction && EndsTransaction(result)) doomed = true;
  if (observer != nullptr) observer->Failed(error_class);
  return result;
}

Connection::Connection(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Options& options,
                                                             Observer* observer) {
  UseDriver();
  absl::Time begin = absl::Now();
  auto core = std::make_shared<Core>();
  core->options = options;
  core->observer = observer;
  RETURN_IF_ERROR(core->Guard([&] {
    sql::ConnectOptionsMap map = DriverOptions(options);
    core->connection.reset(g_driver->connect(map));
    core->plain.reset(core->connection->createStatement());
    std::unique_ptr<sql::ResultSet> version(core->plain->executeQuery("SELECT VERSION()"));
    core->is_mariadb =
        version->next() && std::string(version->getString(1)).find("MariaDB") != std::string::npos;
  }));
  auto connection = std::make_unique<Connection>(core);
  if (!options.tls_ca.empty()) RETURN_IF_ERROR(CheckTls(*connection));
  RETURN_IF_ERROR(SetUp(*connection));
  RETURN_IF_ERROR(CatchUp(*connection));
  if (observer != nullptr) observer->Waited(absl::Now() - begin);
  return connection;
}

absl::StatusOr<Rows> Connection::Query(std::string_view sql, absl::Span<const Param> params) {
  trace::Span span = BeginStatement(*core_, sql);
  auto impl = std::make_unique<Rows::Impl>();
  impl->core = core_;
  std::shared_ptr<Prepared> prepared;
  absl::Status status = core_->Guard([&] {
    prepared = core_->Prepare(sql);
    Bind(prepared->statement.get(), params);
    impl->result.reset(prepared->statement->executeQuery());
    impl->columns = static_cast<int>(impl->result->getMetaData()->getColumnCount());
  });
  span.End(status);
  if (!status.ok()) {
    if (prepared != nullptr && !KeepsStatement(status)) core_->Forget(*prepared);
    return status;
  }
  prepared->busy = true;
  impl->prepared = std::move(prepared);
  return Rows(std::move(impl));
}

absl::StatusOr<int64_t> Connection::Execute(std::string_view sql, absl::Span<const Param> params) {
  trace::Span span = BeginStatement(*core_, sql);
  int64_t matched = 0;
  std::shared_ptr<Prepared> prepared;
  absl::Status status = core_->Guard([&] {
    prepared = core_->Prepare(sql);
    Bind(prepared->statement.get(), params);
    matched = prepared->statement->executeUpdate();
  });
  span.End(status);
  if (status.ok()) return matched;
  if (prepared != nullptr && !KeepsStatement(status)) core_->Forget(*prepared);
  return status;
}

absl::Status Connection::Run(std::string_view sql) {
  trace::Span span = BeginStatement(*core_, sql);
  absl::Status status = core_->Guard([&] {
    if (core_->plain->execute(sql::SQLString(sql.data(), sql.size()))) {
      // Rows not taken would leave the connection out of step.
      std::unique_ptr<sql::ResultSet>(core_->plain->getResultSet());
    }
  });
  span.End(status);
  return status;
}

absl::StatusOr<Rows> Connection::QueryText(std::string_view sql) {
  trace::Span span = BeginStatement(*core_, sql);
  auto impl = std::make_unique<Rows::Impl>();
  impl->core = core_;
  const absl::Status status = core_->Guard([&] {
    impl->statement.reset(core_->connection->createStatement());
    impl->result.reset(impl->statement->executeQuery(sql::SQLString(sql.data(), sql.size())));
    impl->columns = static_cast<int>(impl->result->getMetaData()->getColumnCount());
  });
  span.End(status);
  RETURN_IF_ERROR(status);
  return Rows(std::move(impl));
}

absl::Status Connection::Begin() {
  core_->doomed = false;
  core_->savepoints = 0;
  core_->in_transaction = true;
  return Run("START TRANSACTION");
}

absl::Status Connection::Commit() {
  // As a statement: the driver's own commit() does not report errors.
  absl::Status status = Run("COMMIT");
  if (status.ok()) core_->in_transaction = false;
  return status;
}

void Connection::Rollback() {
  core_->doomed = false;
  core_->in_transaction = false;
  if (!core_->broken && !Run("ROLLBACK").ok()) core_->broken = true;
}

bool Connection::broken() const { return core_->broken; }
bool Connection::doomed() const { return core_->doomed || core_->broken; }
absl::Time Connection::last_used() const { return core_->last_used; }
const Options& Connection::options() const { return core_->options; }
bool Connection::is_mariadb() const { return core_->is_mariadb; }
size_t Connection::cached_statements() const { return core_->kept.size(); }

bool Connection::Ping() {
  absl::Status status = core_->Guard([&] {
    if (!core_->connection->isValid()) throw sql::SQLException("the ping failed", "", 2006);
  });
  return status.ok();
}

absl::Status Connection::SetStatementTimeout(absl::Time deadline) {
  int64_t wanted = 0;
  if (deadline != absl::InfiniteFuture()) {
    absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return status::Error(status::kDeadlineExceeded);
    wanted = 1;
    while (absl::Seconds(wanted) < left && wanted < 86'400) wanted *= 2;
  }
  if (wanted == core_->statement_timeout) return absl::OkStatus();
  RETURN_IF_ERROR(Run(core_->is_mariadb
                          ? absl::StrCat("SET SESSION max_statement_time=", wanted)
                          : absl::StrCat("SET SESSION max_execution_time=", wanted * 1000)));
  core_->statement_timeout = wanted;
  return absl::OkStatus();
}

Session::Session(Options options, Observer* observer)
    : options_(std::move(options)), observer_(observer) {}
Session::~Session() = default;

absl::StatusOr<Connection*> Session::Acquire() {
  if (connection_ != nullptr) {
    bool usable = !connection_->broken();
    if (usable && absl::Now() - connection_->last_used() > kPingAfter) usable = connection_->Ping();
    if (usable) return connection_.get();
    connection_.reset();
  }
  ASSIGN_OR_RETURN(connection_, Connection::Open(options_, observer_));
  if (opened_before_ && observer_ != nullptr) observer_->Reconnected();
  opened_before_ = true;
  return connection_.get();
}

void Session::Reset() { connection_.reset(); }

}  // namespace qinglian::mysql
