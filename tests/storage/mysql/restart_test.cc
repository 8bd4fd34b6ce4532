#include "common/mysql/transact.h"
#include "gtest/gtest.h"
#include "tests/support/database.h"
#include "tests/support/mysql_server.h"

namespace qinglian::mysql {
namespace {

TEST(Restart, IsSurvivedByASession) {
  test::MysqlServer server;
  ASSERT_TRUE(server.Start());
  EXPECT_TRUE(server.Answers());
  test::TestDatabase reference;
  Options options = reference.options();
  options.schema = "";
  options.unix_socket = server.socket();
  Session session(options);
  auto work = [](Connection& c) { return c.Execute("INSERT INTO s.t VALUES(NULL)").status(); };
  absl::StatusOr<Connection*> connection = session.Acquire();
  ASSERT_TRUE(connection.ok()) << InternalText(connection.status());
  ASSERT_TRUE((*connection)->Run("CREATE DATABASE s").ok());
  ASSERT_TRUE((*connection)->Run("CREATE TABLE s.t(id INT AUTO_INCREMENT PRIMARY KEY)").ok());
  ASSERT_TRUE(Transact(session, {}, work).ok());

  ASSERT_TRUE(server.Stop());
  EXPECT_FALSE(server.Answers());
  EXPECT_TRUE(absl::IsUnavailable(Transact(session, {}, work)));
  ASSERT_TRUE(server.Start());
  EXPECT_TRUE(server.Start()) << "starting twice is no fault";
  EXPECT_TRUE(Transact(session, {}, work).ok());
  connection = session.Acquire();
  ASSERT_TRUE(connection.ok());
  auto rows = (*connection)->Query("SELECT COUNT(*) FROM s.t");
  ASSERT_TRUE(rows.ok() && rows->Next());
  EXPECT_EQ(rows->Int(0), 2);
}

}  // namespace
}  // namespace qinglian::mysql
