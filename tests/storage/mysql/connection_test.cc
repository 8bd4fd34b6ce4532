#include "absl/strings/str_cat.h"
#include "common/mysql/insert.h"
#include "common/mysql/mysql.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/database.h"
#include "tests/support/mysql_proxy.h"

namespace qinglian::mysql {
namespace {

using ::qinglian::test::TestDatabase;

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override {
    database_.Run(
        "CREATE TABLE t(id INT PRIMARY KEY, n BIGINT, u BIGINT UNSIGNED, d DOUBLE, b BOOL,"
        " time DATETIME(6), day DATE, bytes MEDIUMBLOB, text VARCHAR(100), UNIQUE KEY by_n(n));");
    connection_ = database_.Open();
  }

  Rows MustQuery(std::string_view sql, std::initializer_list<Param> params = {}) {
    absl::StatusOr<Rows> rows = connection_->Query(sql, params);
    EXPECT_TRUE(rows.ok()) << InternalText(rows.status());
    return *std::move(rows);
  }
  int64_t MustExecute(std::string_view sql, std::initializer_list<Param> params = {}) {
    absl::StatusOr<int64_t> count = connection_->Execute(sql, params);
    EXPECT_TRUE(count.ok()) << InternalText(count.status());
    return count.value_or(-1);
  }
  std::string Setting(const std::string& expression) {
    Rows rows = MustQuery("SELECT " + expression);
    return rows.Next() ? rows.Bytes(0) : "(none)";
  }

  TestDatabase database_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, IsSetUpAlikeWhateverTheServerSays) {
  EXPECT_EQ(Setting("@@tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(Setting("@@time_zone"), "+00:00");
  EXPECT_EQ(Setting("@@character_set_client"), "utf8mb4");
  EXPECT_EQ(Setting("@@collation_connection"), "utf8mb4_bin");
  EXPECT_EQ(Setting("@@autocommit"), "1");
  EXPECT_EQ(Setting("@@innodb_lock_wait_timeout"), "5");
  EXPECT_THAT(Setting("@@sql_mode"), testing::HasSubstr("STRICT_ALL_TABLES"));
  EXPECT_TRUE(connection_->is_mariadb());
}

TEST_F(ConnectionTest, ManyRowsGoInWhateverTheirNumber) {
  for (const int rows : {0, 1, 3, 64, 341}) {
    MustExecute("DELETE FROM t");
    std::vector<Param> values;
    for (int i = 0; i < rows; ++i) values.insert(values.end(), {i, 2 * i});
    ASSERT_TRUE(InsertRows(*connection_, "INSERT INTO t (id, n)", 2, values).ok());
    EXPECT_EQ(Setting("COUNT(*) FROM t WHERE n = 2 * id"), std::to_string(rows));
  }
  EXPECT_FALSE(InsertRows(*connection_, "INSERT INTO t (id, n)", 2, {1, 2}).ok()) << "there is one";
}

TEST_F(ConnectionTest, BringsEveryTypeBackAsItWas) {
  absl::Time time = absl::FromUnixMicros(1'782'864'000'123'456);
  std::string bytes("a\0b'\"\\\xff\xfe", 8);
  MustExecute("INSERT INTO t VALUES(?,?,?,?,?,?,?,?,?)",
              {1, std::numeric_limits<int64_t>::min(), std::numeric_limits<uint64_t>::max(), 0.1,
               true, time, absl::CivilDay(2024, 2, 29), bytes, "廉洁 😀 '\\"});
  // By the binary protocol and by the text one.
  Rows prepared = MustQuery("SELECT n,u,d,b,time,day,bytes,text FROM t WHERE id=?", {1});
  absl::StatusOr<Rows> text =
      connection_->QueryText("SELECT n,u,d,b,time,day,bytes,text FROM t WHERE id=1");
  ASSERT_TRUE(text.ok());
  for (Rows* rows : {&prepared, &*text}) {
    ASSERT_TRUE(rows->Next());
    EXPECT_EQ(rows->Int(0), std::numeric_limits<int64_t>::min());
    EXPECT_EQ(rows->Uint(1), std::numeric_limits<uint64_t>::max());
    EXPECT_EQ(rows->Double(2), 0.1);
    EXPECT_TRUE(rows->Bool(3));
    EXPECT_EQ(rows->Time(4), time);
    EXPECT_EQ(rows->Day(5), absl::CivilDay(2024, 2, 29));
    EXPECT_EQ(rows->Bytes(6), bytes);
    EXPECT_EQ(rows->Bytes(7), "廉洁 😀 '\\");
    EXPECT_EQ(rows->ColumnName(7), "text");
    EXPECT_EQ(rows->columns(), 8);
    EXPECT_FALSE(rows->Next());
  }
}

TEST_F(ConnectionTest, BringsBackTimesOfEveryPrecisionAndAge) {
  for (int64_t micros : {int64_t{0}, int64_t{1}, int64_t{999'999}, int64_t{1'000'000}, int64_t{-1},
                         int64_t{-62'135'596'800'000'000 + 1}, int64_t{253'402'300'799'999'999}}) {
    absl::Time time = absl::FromUnixMicros(micros);
    MustExecute("REPLACE INTO t(id, time) VALUES(1, ?)", {time + absl::Nanoseconds(999)});
    Rows rows = MustQuery("SELECT time FROM t");
    ASSERT_TRUE(rows.Next());
    EXPECT_EQ(rows.Time(0), time) << rows.Bytes(0);
  }
  EXPECT_TRUE(absl::IsInternal(
      connection_->Execute("REPLACE INTO t(id, time) VALUES(1, ?)", {absl::InfiniteFuture()})
          .status()));
  EXPECT_FALSE(connection_->broken());
}

TEST_F(ConnectionTest, ReadsNullAsNullAndAsTheDefaultOfItsType) {
  MustExecute("INSERT INTO t(id, n, text) VALUES(?,?,?)",
              {1, nullptr, std::optional<std::string>()});
  MustExecute("INSERT INTO t(id, n, text) VALUES(?,?,?)", {2, std::nullopt, ""});
  Rows rows = MustQuery("SELECT n, text, time, day FROM t ORDER BY id");
  ASSERT_TRUE(rows.Next());
  EXPECT_TRUE(rows.IsNull(0) && rows.IsNull(1));
  EXPECT_EQ(rows.Int(0), 0);
  EXPECT_EQ(rows.Bytes(1), "");
  EXPECT_EQ(rows.Time(2), absl::UnixEpoch());
  EXPECT_EQ(rows.Day(3), absl::CivilDay());
  ASSERT_TRUE(rows.Next());
  EXPECT_FALSE(rows.IsNull(1));
}

TEST_F(ConnectionTest, CarriesAMegabyteThatIsNoText) {
  std::string big(1 << 20, '\0');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 31 >> 3);
  MustExecute("INSERT INTO t(id, bytes) VALUES(1, ?)", {big});
  MustExecute("INSERT INTO t(id, bytes) VALUES(?, ?)", {2, "short"});
  Rows rows = MustQuery("SELECT bytes FROM t ORDER BY id");
  ASSERT_TRUE(rows.Next());
  EXPECT_TRUE(rows.Bytes(0) == big);
  ASSERT_TRUE(rows.Next());
  EXPECT_EQ(rows.Bytes(0), "short");
}

TEST_F(ConnectionTest, CountsMatchedRowsEvenWhereNothingChanges) {
  MustExecute("INSERT INTO t(id, n) VALUES(1, 7)");
  EXPECT_EQ(MustExecute("UPDATE t SET n=7 WHERE id=1"), 1);
  EXPECT_EQ(MustExecute("UPDATE t SET n=7 WHERE id=2"), 0);
}

TEST_F(ConnectionTest, KeepsTheRowsOfAQueryThatRunsAgainMeanwhile) {
  MustExecute("INSERT INTO t(id, n) VALUES(1, 10), (2, 20)");
  constexpr std::string_view kSql = "SELECT n FROM t WHERE id=?";
  Rows first = MustQuery(kSql, {1});
  ASSERT_TRUE(first.Next());
  {
    Rows second = MustQuery(kSql, {2});
    Rows third = MustQuery(kSql, {1});
    ASSERT_TRUE(second.Next());
    ASSERT_TRUE(third.Next());
    EXPECT_EQ(second.Int(0), 20);
    EXPECT_EQ(third.Int(0), 10);
  }
  EXPECT_EQ(first.Int(0), 10);
}

TEST_F(ConnectionTest, LetsRowsOutliveTheirConnection) {
  MustExecute("INSERT INTO t(id, n) VALUES(1, 10)");
  Rows rows = MustQuery("SELECT n FROM t");
  connection_.reset();
  ASSERT_TRUE(rows.Next());
  EXPECT_EQ(rows.Int(0), 10);
}

TEST_F(ConnectionTest, KeepsTheStatementsUsedMostRecently) {
  Options options = database_.options();
  options.statement_cache = 3;
  auto connection = Connection::Open(options);
  ASSERT_TRUE(connection.ok());
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10; ++i) {
      auto rows = (*connection)->Query(absl::StrCat("SELECT ?+", i), {1});
      ASSERT_TRUE(rows.ok() && rows->Next());
      EXPECT_EQ(rows->Int(0), i + 1);
    }
    EXPECT_EQ((*connection)->cached_statements(), 3u);
  }
  auto counted = (*connection)->QueryText("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
  ASSERT_TRUE(counted.ok() && counted->Next());
  int64_t before = counted->Int(1);
  ASSERT_TRUE((*connection)->Query("SELECT ?+9", {1}).ok());
  counted = (*connection)->QueryText("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
  ASSERT_TRUE(counted.ok() && counted->Next());
  EXPECT_EQ(counted->Int(1), before);
}

TEST_F(ConnectionTest, NamesTheKeyOfADuplicateAndStaysUsable) {
  MustExecute("INSERT INTO t(id, n) VALUES(1, 10)");
  absl::Status status = connection_->Execute("INSERT INTO t(id, n) VALUES(2, 10)").status();
  EXPECT_TRUE(absl::IsAlreadyExists(status));
  EXPECT_EQ(DuplicateKey(status), "by_n");
  status = connection_->Execute("INSERT INTO t(id, n) VALUES(1, 11)").status();
  EXPECT_EQ(DuplicateKey(status), "PRIMARY");
  EXPECT_FALSE(connection_->broken());
  EXPECT_EQ(MustExecute("INSERT INTO t(id, n) VALUES(2, 11)"), 1);
}

TEST_F(ConnectionTest, RefusesWhatDoesNotFitInsteadOfCuttingIt) {
  EXPECT_TRUE(absl::IsInternal(
      connection_->Execute("INSERT INTO t(id, text) VALUES(1, ?)", {std::string(101, 'x')})
          .status()));
  EXPECT_TRUE(absl::IsInternal(
      connection_->Execute("INSERT INTO t(id, time) VALUES(1, ?)", {"0000-00-00"}).status()));
  EXPECT_FALSE(connection_->broken());
}

TEST_F(ConnectionTest, TellsAReferenceThatIsMissingFromOneThatIsInUse) {
  database_.Run(
      "CREATE TABLE c(id INT PRIMARY KEY, t INT, FOREIGN KEY to_t(t) REFERENCES t(id));"
      "INSERT INTO t(id) VALUES(1); INSERT INTO c VALUES(1, 1)");
  absl::Status missing = connection_->Execute("INSERT INTO c VALUES(2, 2)").status();
  absl::Status in_use = connection_->Execute("DELETE FROM t WHERE id=1").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(missing)) << missing;
  EXPECT_TRUE(absl::IsFailedPrecondition(in_use)) << in_use;
  EXPECT_EQ(ErrorNumber(missing), 1452);
  EXPECT_EQ(ErrorNumber(in_use), 1451);
}

TEST_F(ConnectionTest, CutsAStatementThatOutlivesItsDeadlineAndGoesOn) {
  ASSERT_TRUE(connection_->SetStatementTimeout(absl::Now() + absl::Seconds(2)).ok());
  absl::Status status = connection_->Query("SELECT SLEEP(?)", {30}).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << InternalText(status);
  EXPECT_FALSE(connection_->broken());
  ASSERT_TRUE(connection_->SetStatementTimeout(absl::InfiniteFuture()).ok());
  EXPECT_EQ(Setting("@@max_statement_time"), "0.000000");
  EXPECT_TRUE(absl::IsDeadlineExceeded(connection_->SetStatementTimeout(absl::Now())));
}

TEST_F(ConnectionTest, SendsAStatementTimeoutOnlyWhenItMoves) {
  auto questions = [&] {
    auto rows = connection_->QueryText("SHOW SESSION STATUS LIKE 'Questions'");
    EXPECT_TRUE(rows.ok() && rows->Next());
    return rows->Int(1);
  };
  ASSERT_TRUE(connection_->SetStatementTimeout(absl::Now() + absl::Seconds(10)).ok());
  int64_t before = questions();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(connection_->SetStatementTimeout(absl::Now() + absl::Seconds(10)).ok());
  }
  EXPECT_EQ(questions(), before + 1);
  EXPECT_EQ(Setting("@@max_statement_time"), "16.000000");
}

TEST_F(ConnectionTest, IsBrokenOnceKilled) {
  std::string id = Setting("CONNECTION_ID()");
  ASSERT_TRUE(database_.Open()->Run("KILL " + id).ok());
  absl::Status status = connection_->Query("SELECT 1").status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(connection_->broken());
  EXPECT_TRUE(absl::IsUnavailable(connection_->Run("SELECT 1")));
  EXPECT_FALSE(connection_->Ping());
}

TEST_F(ConnectionTest, DropsRowsThatRunDoesNotWant) {
  EXPECT_TRUE(connection_->Run("SELECT 1 UNION SELECT 2").ok());
  EXPECT_EQ(Setting("3"), "3");
}

TEST(Open, SaysClearlyWhatIsWrongWithoutThePassword) {
  TestDatabase database;
  database.Run(absl::StrCat("CREATE OR REPLACE USER 'poor'@'localhost' IDENTIFIED BY 'sesame'"));
  Options options = database.options();
  options.user = "poor";
  options.password = "open sesame";
  absl::Status status = Connection::Open(options).status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_EQ(ErrorNumber(status), 1045);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("password"));
  EXPECT_THAT(status.ToString(), testing::Not(testing::HasSubstr("sesame")));

  options.password = "sesame";
  EXPECT_EQ(ErrorNumber(Connection::Open(options).status()), 1044);
  options = database.options();
  options.schema = "no_such_schema";
  EXPECT_EQ(ErrorNumber(Connection::Open(options).status()), 1049);
  database.Run("DROP USER 'poor'@'localhost'");
}

TEST(Open, IsUnavailableWhereNobodyListens) {
  Options options;
  options.unix_socket = "/nowhere/mysql.sock";
  EXPECT_TRUE(absl::IsUnavailable(Connection::Open(options).status()));
  options.unix_socket.clear();
  options.port = 1;
  EXPECT_TRUE(absl::IsUnavailable(Connection::Open(options).status()));
}

TEST(Open, RefusesAServerWithoutTlsWhereTlsIsAsked) {
  TestDatabase database;
  Options options = database.options();
  options.tls_ca = "/etc/ssl/certs/ca-certificates.crt";
  absl::Status status = Connection::Open(options).status();
  EXPECT_FALSE(status.ok());
}

TEST(Session, OpensAnotherConnectionWhenItsOwnBroke) {
  TestDatabase database;
  test::MysqlProxy proxy(database.options().unix_socket);
  Options options = database.options();
  options.unix_socket = proxy.socket();
  Session session(options);
  absl::StatusOr<Connection*> first = session.Acquire();
  ASSERT_TRUE(first.ok()) << InternalText(first.status());
  EXPECT_EQ(*session.Acquire(), *first);
  proxy.Cut();
  EXPECT_TRUE(absl::IsUnavailable((*first)->Query("SELECT 1").status()));
  absl::StatusOr<Connection*> second = session.Acquire();
  ASSERT_TRUE(second.ok()) << InternalText(second.status());
  EXPECT_TRUE((*second)->Query("SELECT 1").ok());
}

}  // namespace
}  // namespace qinglian::mysql
