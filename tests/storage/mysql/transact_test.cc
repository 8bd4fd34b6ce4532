#include "common/mysql/transact.h"

#include <atomic>
#include <barrier>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/database.h"
#include "tests/support/mysql_proxy.h"
#include "tests/support/recorder.h"

namespace qinglian::mysql {
namespace {

using ::qinglian::test::MysqlProxy;
using ::qinglian::test::TestDatabase;

class Counter : public Observer {
 public:
  void Retried(int number) override { ++retries_[number]; }
  void CommitResolved(std::string_view outcome) override { resolved_ = std::string(outcome); }
  void Reconnected() override { ++reconnects_; }
  std::map<int, int> retries_;
  std::string resolved_;
  int reconnects_ = 0;
};

class TransactTest : public testing::Test {
 protected:
  void SetUp() override {
    database_.Run("CREATE TABLE t(id INT PRIMARY KEY, n INT NOT NULL)");
    options_ = database_.options();
    options_.unix_socket = proxy_.socket();
    options_.lock_wait_timeout = absl::Seconds(1);
  }

  static absl::Status Insert(Connection& connection, int id) {
    return connection.Execute("INSERT INTO t VALUES(?, 0)", {id}).status();
  }
  static absl::StatusOr<bool> Present(Connection& connection, int id) {
    ASSIGN_OR_RETURN(Rows rows, connection.Query("SELECT id FROM t WHERE id=? FOR UPDATE", {id}));
    return rows.Next();
  }
  absl::Status InsertThrough(Session& session, int id) {
    return Transact(
        session, {}, [&](Connection& c) { return Insert(c, id); },
        [&](Connection& c) { return Present(c, id); });
  }
  std::string Ids() { return database_.Value("SELECT GROUP_CONCAT(id ORDER BY id) FROM t"); }
  void KillFrom(Connection& connection) {
    auto rows = connection.QueryText("SELECT CONNECTION_ID()");
    ASSERT_TRUE(rows.ok() && rows->Next());
    ASSERT_TRUE(database_.Open()->Run("KILL " + rows->Bytes(0)).ok());
  }

  TestDatabase database_;
  MysqlProxy proxy_{database_.options().unix_socket};
  Options options_;
  Counter counter_;
};

TEST_F(TransactTest, CommitsWhatWorkDid) {
  Session session(options_);
  EXPECT_TRUE(InsertThrough(session, 1).ok());
  EXPECT_TRUE(InsertThrough(session, 2).ok());
  EXPECT_EQ(Ids(), "1,2");
}

TEST_F(TransactTest, UndoesEverythingAndGivesTheErrorOfWork) {
  Session session(options_);
  absl::Status status = Transact(session, {}, [](Connection& c) {
    RETURN_IF_ERROR(Insert(c, 1));
    return status::NotFound("things", "things/1");
  });
  EXPECT_TRUE(absl::IsNotFound(status));
  status = Transact(session, {}, [](Connection& c) {
    RETURN_IF_ERROR(Insert(c, 1));
    return Insert(c, 1);
  });
  EXPECT_EQ(DuplicateKey(status), "PRIMARY");
  EXPECT_EQ(Ids(), "");
}

TEST_F(TransactTest, ReportsAConnectionKilledBeforeCommitAndKeepsNothing) {
  Session session(options_);
  bool asked = false;
  // A COMMIT to a dead connection has no answer, so what is asked is the truth.
  absl::Status status = Transact(
      session, {},
      [&](Connection& c) {
        RETURN_IF_ERROR(Insert(c, 1));
        KillFrom(c);
        return absl::OkStatus();
      },
      [&](Connection& c) {
        asked = true;
        return Present(c, 1);
      });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_FALSE(IsOutcomeUnknown(status));
  EXPECT_TRUE(asked);
  EXPECT_EQ(Ids(), "");
}

TEST_F(TransactTest, IsCertainThatNothingWasKeptWhenTheConnectionGoesDuringWork) {
  Session session(options_);
  bool asked = false;
  absl::Status status = Transact(
      session, {},
      [&](Connection& c) {
        RETURN_IF_ERROR(Insert(c, 1));
        KillFrom(c);
        return Insert(c, 2);
      },
      [&](Connection&) -> absl::StatusOr<bool> {
        asked = true;
        return true;
      });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_FALSE(asked);
  EXPECT_EQ(Ids(), "");
  EXPECT_TRUE(InsertThrough(session, 3).ok());
}

TEST_F(TransactTest, FindsACommitWhoseAnswerWasLost) {
  Session session(options_, &counter_);
  ASSERT_TRUE(session.Acquire().ok());
  proxy_.NextCommit(MysqlProxy::Fault::kAfterCommit);
  absl::Status status = InsertThrough(session, 1);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(counter_.resolved_, "committed");
  EXPECT_EQ(counter_.reconnects_, 1);
  EXPECT_EQ(Ids(), "1");
}

TEST_F(TransactTest, FindsThatACommitNeverArrived) {
  Session session(options_, &counter_);
  proxy_.NextCommit(MysqlProxy::Fault::kBeforeCommit);
  absl::Status status = InsertThrough(session, 1);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_FALSE(IsOutcomeUnknown(status));
  EXPECT_EQ(counter_.resolved_, "absent");
  EXPECT_EQ(Ids(), "");
  EXPECT_TRUE(InsertThrough(session, 1).ok());
}

TEST_F(TransactTest, AdmitsThatItDoesNotKnowWhileACommitMayStillBeInFlight) {
  Session session(options_, &counter_);
  proxy_.NextCommit(MysqlProxy::Fault::kStallCommit);
  absl::Status status = InsertThrough(session, 1);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_TRUE(IsOutcomeUnknown(status)) << status;
  EXPECT_EQ(counter_.resolved_, "unknown");
  // Without somebody to ask it is the same.
  proxy_.NextCommit(MysqlProxy::Fault::kAfterCommit);
  status = Transact(session, {}, [](Connection& c) { return Insert(c, 2); });
  EXPECT_TRUE(IsOutcomeUnknown(status)) << status;
  EXPECT_EQ(Ids(), "2");
}

TEST_F(TransactTest, ReplacesAConnectionThatWentWhileIdle) {
  Session session(options_, &counter_);
  EXPECT_TRUE(InsertThrough(session, 1).ok());
  proxy_.Cut();
  EXPECT_TRUE(InsertThrough(session, 2).ok());
  EXPECT_EQ(counter_.reconnects_, 1);
  EXPECT_EQ(Ids(), "1,2");
}

TEST_F(TransactTest, RunsAgainAfterADeadlock) {
  database_.Run("INSERT INTO t VALUES(1,0),(2,0)");
  Counter counters[2];
  std::barrier meet(2);
  auto run = [&](int me) {
    Session session(options_, &counters[me]);
    bool first = true;
    return Transact(session, {}, [&](Connection& c) {
      RETURN_IF_ERROR(c.Execute("UPDATE t SET n=n+1 WHERE id=?", {1 + me}).status());
      if (first) meet.arrive_and_wait();
      first = false;
      return c.Execute("UPDATE t SET n=n+1 WHERE id=?", {2 - me}).status();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = run(1); });
  absl::Status mine = run(0);
  thread.join();
  EXPECT_TRUE(mine.ok() && other.ok()) << mine << other;
  EXPECT_EQ(database_.Value("SELECT GROUP_CONCAT(n) FROM t"), "2,2");
  EXPECT_GE(counters[0].retries_[1213] + counters[1].retries_[1213], 1);
}

TEST_F(TransactTest, NeverCommitsTheRestOfATransactionThatADeadlockTookAway) {
  Session session(options_, &counter_);
  int runs = 0;
  absl::Status status = Transact(session, {}, [&](Connection& c) {
    RETURN_IF_ERROR(Insert(c, 1));
    if (++runs == 1) {
      // As a deadlock would: the server rolls back, and the work does not mind.
      EXPECT_TRUE(c.Run("ROLLBACK").ok());
      (void)c.Run("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO=1213, MESSAGE_TEXT='deadlock'");
    }
    return Insert(c, 2);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Ids(), "1,2");
}

TEST_F(TransactTest, GivesUpAfterThreeMoreRunsWithAConflict) {
  database_.Run("INSERT INTO t VALUES(1,0)");
  std::unique_ptr<Connection> holder = database_.Open();
  ASSERT_TRUE(holder->Begin().ok());
  ASSERT_TRUE(holder->Execute("UPDATE t SET n=1 WHERE id=1").ok());
  Session session(options_, &counter_);
  int runs = 0;
  absl::Status status = Transact(session, {}, [&](Connection& c) {
    ++runs;
    return c.Query("SELECT n FROM t WHERE id=1 FOR UPDATE").status();
  });
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_TRUE(status::Is(status, status::kConflict));
  EXPECT_EQ(runs, 4);
  EXPECT_EQ(counter_.retries_[1205], 3);
}

TEST_F(TransactTest, DoesNotRunAgainBeyondItsDeadline) {
  database_.Run("INSERT INTO t VALUES(1,0)");
  std::unique_ptr<Connection> holder = database_.Open();
  ASSERT_TRUE(holder->Begin().ok());
  ASSERT_TRUE(holder->Execute("UPDATE t SET n=1 WHERE id=1").ok());
  Session session(options_);
  ASSERT_TRUE(session.Acquire().ok());
  int runs = 0;
  TransactOptions options;
  options.deadline = absl::Now() + absl::Milliseconds(500);
  absl::Status status = Transact(session, options, [&](Connection& c) {
    ++runs;
    return c.Query("SELECT n FROM t WHERE id=1 FOR UPDATE").status();
  });
  EXPECT_TRUE(absl::IsAborted(status) || absl::IsDeadlineExceeded(status)) << status;
  EXPECT_LE(runs, 1);
  options.deadline = absl::Now() - absl::Seconds(1);
  runs = 0;
  status = Transact(session, options, [&](Connection& c) { return Insert(c, ++runs); });
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_EQ(runs, 0);
}

TEST_F(TransactTest, UndoesTheItemOfASavepointAlone) {
  Session session(options_);
  absl::Status item;
  absl::Status status = Transact(session, {}, [&](Connection& c) {
    RETURN_IF_ERROR(Savepoint(c, [](Connection& c) { return Insert(c, 1); }));
    item = Savepoint(c, [](Connection& c) {
      RETURN_IF_ERROR(Insert(c, 2));
      RETURN_IF_ERROR(Savepoint(c, [](Connection& c) { return Insert(c, 3); }));
      return Insert(c, 1);
    });
    return Savepoint(c, [](Connection& c) { return Insert(c, 4); });
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(absl::IsAlreadyExists(item));
  EXPECT_EQ(Ids(), "1,4");
}

TEST_F(TransactTest, TellsThroughASavepointThatTheTransactionIsGone) {
  Session session(options_);
  absl::Status item;
  absl::Status status = Transact(session, {}, [&](Connection& c) {
    RETURN_IF_ERROR(Insert(c, 1));
    item = Savepoint(c, [&](Connection& c) {
      KillFrom(c);
      (void)Insert(c, 2);
      return absl::OkStatus();
    });
    return item;
  });
  EXPECT_TRUE(EndsTransaction(item)) << item;
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(Ids(), "");
}

TEST_F(TransactTest, LosesNoUpdateAmongManyWorkers) {
  database_.Run("INSERT INTO t VALUES(1,0)");
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Session session(options_);
      for (int k = 0; k < 20; ++k) {
        absl::Status status = Transact(session, {}, [](Connection& c) -> absl::Status {
          int64_t n = 0;
          {
            ASSIGN_OR_RETURN(Rows rows, c.Query("SELECT n FROM t WHERE id=1 FOR UPDATE"));
            rows.Next();
            n = rows.Int(0);
          }
          return c.Execute("UPDATE t SET n=? WHERE id=1", {n + 1}).status();
        });
        if (status.ok()) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(database_.Value("SELECT n FROM t"), absl::StrCat(done.load()));
  EXPECT_GT(done, 0);
}

TEST_F(TransactTest, ATraceTellsRetriesAndStatementsByKindAndNothingOfTheirText) {
  test::MemoryRecorder recorder(1);
  Session session(database_.options());
  int runs = 0;
  {
    const trace::Span call = trace::Serve("Call", "", true, std::chrono::steady_clock::now());
    const trace::Scope scope(call);
    const absl::Status status = Transact(session, {}, [&](Connection& c) -> absl::Status {
      RETURN_IF_ERROR(Insert(c, 1));
      return ++runs == 1 ? MakeError(1213, "deadlock") : absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_TRUE(
        absl::IsAlreadyExists(Transact(session, {}, [&](Connection& c) { return Insert(c, 1); })));
  }
  std::vector<std::string> names;
  std::vector<std::string> failed;
  std::vector<int64_t> retries;
  for (const test::RecordedSpan& span : recorder.spans()) {
    if (span.name != "SET" && span.name != "SHOW") names.push_back(span.name);
    if (span.failed != absl::StatusCode::kOk) failed.push_back(span.name);
    const auto found = span.numbers.find(trace::Attribute::kRetries);
    if (found != span.numbers.end()) retries.push_back(found->second);
  }
  EXPECT_THAT(names, testing::ElementsAre("START", "INSERT", "ROLLBACK", "START", "INSERT",
                                          "COMMIT", "transaction", "START", "INSERT", "ROLLBACK",
                                          "transaction", "Call"));
  // The statement failed; that the transaction could not do it is its answer.
  EXPECT_THAT(failed, testing::ElementsAre("INSERT"));
  EXPECT_THAT(retries, testing::ElementsAre(1, 0));
}

}  // namespace
}  // namespace qinglian::mysql
