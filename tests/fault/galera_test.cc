// More than one machine: each service twice behind the gateway, the database as three nodes with
// one writer, and the writer killed with -9 under load.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/fault/house.h"
#include "tests/support/galera_cluster.h"
#include "tests/support/localhost.h"

namespace qinglian::test {
namespace {

using testing::IsEmpty;

constexpr int kRounds = 3;
constexpr int kCallers = 2;
constexpr absl::Duration kRecovery = absl::Seconds(30);

// The tables without a primary key: a row there cannot be told from its like on another node.
constexpr char kWithoutKey[] =
    "SELECT GROUP_CONCAT(table_name) FROM information_schema.tables t WHERE table_schema LIKE "
    "'test%' AND table_type = 'BASE TABLE' AND NOT EXISTS (SELECT 1 FROM "
    "information_schema.table_constraints c WHERE c.table_schema = t.table_schema AND "
    "c.table_name = t.table_name AND constraint_type = 'PRIMARY KEY')";

mysql::Options At(const std::string& socket) {
  mysql::Options options;
  options.unix_socket = socket;
  options.user = getpwuid(geteuid())->pw_name;
  return options;
}

// The first column of the first row, as a new connection sees it; "" where there is none.
std::string Ask(const std::string& socket, const std::string& sql) {
  const auto connection = mysql::Connection::Open(At(socket));
  if (!connection.ok()) return connection.status().ToString();
  auto rows = (*connection)->Query(sql);
  if (!rows.ok()) return rows.status().ToString();
  return rows->Next() ? rows->Bytes(0) : "";
}

class Cluster : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(LetLocalhostBeBoth())
        << "localhost is not ::1 in /etc/hosts, and this user may not say so for the test alone";
    ASSERT_TRUE(cluster_.Up()) << cluster_.said();
    setenv("QINGLIAN_TEST_MYSQL_SOCKET", cluster_.socket().c_str(), 1);
  }

  // Kills the writer; for how long no service had an answer after that.
  void KillWriter(Load& load) {
    const std::string writer = cluster_.Writer();
    const absl::Time killed = absl::Now();
    cluster_.Kill(writer);
    // What was already on its way back may still arrive: one answer a caller.
    ASSERT_TRUE(load.AwaitProgress(kCallers + 1)) << "after the death of " << writer;
    const absl::Duration recovery = absl::Now() - killed;
    const std::string next = cluster_.Writer();
    std::cout << writer << " killed, " << next << " writes; every service answers after "
              << absl::ToDoubleSeconds(recovery) << " s" << std::endl;
    EXPECT_LE(recovery, kRecovery);
    EXPECT_NE(next, writer);
  }

  // What each node has, where they do not have the same.
  std::vector<std::string> Differences(const std::string& sql) const {
    std::set<std::string> answers;
    for (const std::string& node : GaleraCluster::Nodes()) {
      answers.insert(Ask(cluster_.socket(node), sql));
    }
    if (answers.size() == 1) return {};
    return {answers.begin(), answers.end()};
  }

  GaleraCluster cluster_;
};

TEST_F(Cluster, WhoseWriterIsKilledUnderLoadIsBackWithinHalfAMinuteAndLosesNothing) {
  House house(/*twice=*/true);
  Load load(house.system(), house.works(), kCallers);
  for (int round = 0; round < kRounds; ++round) {
    ASSERT_TRUE(load.AwaitProgress());
    ASSERT_NO_FATAL_FAILURE(KillWriter(load));
    const std::string writer = cluster_.Writer();
    ASSERT_TRUE(cluster_.Up()) << cluster_.said();
    // Who is back does not take over again.
    EXPECT_EQ(cluster_.Writer(), writer);
  }
  EXPECT_TRUE(load.AwaitProgress());
  load.Stop();
  std::cout << load.answered() << " calls answered, " << load.unavailable() << " times UNAVAILABLE"
            << std::endl;
  EXPECT_THAT(load.complaints(), IsEmpty());
  EXPECT_THAT(load.Losses(), IsEmpty());
  EXPECT_THAT(house.Behind(), IsEmpty());
  EXPECT_THAT(house.BrokenJournals(), IsEmpty());
  EXPECT_GT(load.unavailable(), 0) << "nobody noticed that anything died";
  EXPECT_EQ(Ask(cluster_.socket(), kWithoutKey), "");
  for (const std::string& service : Services()) {
    const std::string schema = house.system().database(service).options().schema;
    EXPECT_THAT(Differences(absl::StrCat("SELECT CONCAT(COUNT(*), '/', SUM(CRC32(hash))) FROM ",
                                         schema, ".journal_position")),
                IsEmpty());
    for (const std::string& process : {service, service + "2"}) {
      EXPECT_TRUE(Eventually([&] { return house.system().Serves(process); })) << process;
    }
  }
}

TEST_F(Cluster, ANewConnectionToANodeSeesWhatAnotherNodeAcknowledged) {
  const TestDatabase database;
  const std::string table = database.options().schema + ".t";
  database.Run("CREATE TABLE t (i INT PRIMARY KEY)");
  std::string behind = "node1";
  if (cluster_.Writer() == behind) behind = "node2";
  // It takes what the others send, and applies nothing.
  const auto brake = mysql::Connection::Open(At(cluster_.socket(behind)));
  ASSERT_TRUE(brake.ok()) << brake.status();
  ASSERT_TRUE((*brake)->Run("FLUSH TABLES WITH READ LOCK").ok());
  database.Run("INSERT INTO t VALUES (1)");
  auto seen = std::async(std::launch::async, [&] {
    return Ask(cluster_.socket(behind), "SELECT COUNT(*) FROM " + table);
  });
  absl::SleepFor(absl::Seconds(1));
  ASSERT_TRUE((*brake)->Run("UNLOCK TABLES").ok());
  EXPECT_EQ(seen.get(), "1");
}

}  // namespace
}  // namespace qinglian::test
