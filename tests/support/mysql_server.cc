#include "tests/support/mysql_server.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace qinglian::test {

MysqlServer::MysqlServer(std::string options) : options_(std::move(options)) {
  folder_ = (std::filesystem::temp_directory_path() / "qinglian-server-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr) std::abort();
}

MysqlServer::~MysqlServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

int MysqlServer::Do(const std::string& command) {
  return std::system(
      absl::StrCat(QINGLIAN_SOURCE_DIR "/deploy/mysql/server ", command, " >/dev/null 2>&1")
          .c_str());
}

bool MysqlServer::Start() { return Do(absl::StrCat("start ", folder_, " 0 ", options_)) == 0; }

bool MysqlServer::Stop() { return Do(absl::StrCat("stop ", folder_)) == 0; }

bool MysqlServer::Answers() { return Do(absl::StrCat("status ", folder_)) == 0; }

void MysqlServer::Kill() {
  pid_t process = 0;
  std::ifstream(folder_ + "/mysql.pid") >> process;
  if (process <= 0) std::abort();
  kill(process, SIGKILL);
  // It is no child of ours.
  while (kill(process, 0) == 0) usleep(1'000);
}

}  // namespace qinglian::test
