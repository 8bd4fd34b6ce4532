// A database server that a test may stop and kill.
#ifndef QINGLIAN_TESTS_SUPPORT_MYSQL_SERVER_H_
#define QINGLIAN_TESTS_SUPPORT_MYSQL_SERVER_H_

#include <string>

namespace qinglian::test {

// Used by one thread.
class MysqlServer {
 public:
  // Makes a folder for it; does not start it yet. `options` as of deploy/mysql/server.
  explicit MysqlServer(std::string options = "buffer_pool=128M");
  // Stops it and removes its folder.
  ~MysqlServer();
  MysqlServer(const MysqlServer&) = delete;
  MysqlServer& operator=(const MysqlServer&) = delete;

  // Whether it runs and answers afterwards. What was committed before a Kill is there again.
  bool Start();
  bool Stop();
  bool Answers();
  // Ends it without notice, as SIGKILL does, and waits until it is gone.
  void Kill();
  std::string socket() const { return folder_ + "/mysql.sock"; }
  // Everything that it keeps.
  const std::string& folder() const { return folder_; }

 private:
  int Do(const std::string& command);

  const std::string options_;
  std::string folder_;
};

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_MYSQL_SERVER_H_
