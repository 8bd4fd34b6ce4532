#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/mysql/transact.h"
#include "gtest/gtest.h"
#include "tests/support/database.h"

namespace qinglian::mysql {
namespace {

// A server that this test may stop.
class OwnServer {
 public:
  OwnServer() {
    dir_ = (std::filesystem::temp_directory_path() / "qinglian-restart-XXXXXX").string();
    EXPECT_NE(mkdtemp(dir_.data()), nullptr);
  }
  ~OwnServer() {
    Do("stop");
    std::filesystem::remove_all(dir_);
  }
  int Do(const char* command, const char* more = "") {
    return std::system(absl::StrCat(QINGLIAN_SOURCE_DIR "/deploy/mysql/server ", command, " ", dir_,
                                    " ", more, " >/dev/null 2>&1")
                           .c_str());
  }
  std::string socket() const { return dir_ + "/mysql.sock"; }

 private:
  std::string dir_;
};

TEST(Restart, IsSurvivedByASession) {
  OwnServer server;
  ASSERT_EQ(server.Do("start", "0 buffer_pool=64M"), 0);
  EXPECT_EQ(server.Do("status"), 0);
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

  ASSERT_EQ(server.Do("stop"), 0);
  EXPECT_NE(server.Do("status"), 0);
  EXPECT_TRUE(absl::IsUnavailable(Transact(session, {}, work)));
  ASSERT_EQ(server.Do("start", "0 buffer_pool=64M"), 0);
  EXPECT_EQ(server.Do("start", "0 buffer_pool=64M"), 0) << "starting twice is no fault";
  EXPECT_TRUE(Transact(session, {}, work).ok());
  connection = session.Acquire();
  ASSERT_TRUE(connection.ok());
  auto rows = (*connection)->Query("SELECT COUNT(*) FROM s.t");
  ASSERT_TRUE(rows.ok() && rows->Next());
  EXPECT_EQ(rows->Int(0), 2);
}

}  // namespace
}  // namespace qinglian::mysql
