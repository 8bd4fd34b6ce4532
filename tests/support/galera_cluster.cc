#include "tests/support/galera_cluster.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/mysql/mysql.h"

namespace qinglian::test {
namespace {

// How many ports a cluster takes from its first one on.
constexpr int kPorts = 34;

std::string Me() {
  const passwd* user = getpwuid(geteuid());
  return user == nullptr ? "root" : user->pw_name;
}

bool IsFree(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return free;
}

// Below the ports that the kernel gives to connections.
int FreePorts() {
  std::minstd_rand random(std::random_device{}());
  while (true) {
    const int first = 10'000 + static_cast<int>(random() % 20'000);
    bool free = true;
    for (int i = 0; i < kPorts; ++i) free = free && IsFree(first + i);
    if (free) return first;
  }
}

}  // namespace

const std::vector<std::string>& GaleraCluster::Nodes() {
  static const auto& nodes = *new std::vector<std::string>{"node1", "node2", "node3"};
  return nodes;
}

GaleraCluster::GaleraCluster() : port_(FreePorts()) {
  folder_ = (std::filesystem::temp_directory_path() / "qinglian-cluster-XXXXXX").string();
  if (mkdtemp(folder_.data()) == nullptr) std::abort();
}

GaleraCluster::~GaleraCluster() {
  if (!Do("down --purge")) std::cerr << said();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
  std::filesystem::remove(folder_ + ".said", ignored);
}

bool GaleraCluster::Do(const std::string& command) const {
  return std::system(absl::StrCat(QINGLIAN_SOURCE_DIR "/deploy/galera ", command,
                                  " --data=", folder_, " >", folder_, ".said 2>&1")
                         .c_str()) == 0;
}

std::string GaleraCluster::said() const {
  std::ifstream file(folder_ + ".said");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool GaleraCluster::Up() {
  const bool first = !std::filesystem::exists(folder_ + "/cluster");
  if (!Do(absl::StrCat("up --durability=relaxed --port=", port_))) return false;
  if (!first) return true;
  // Through the door nobody is known by his socket.
  mysql::Options options;
  options.unix_socket = socket(Writer());
  options.user = Me();
  const auto connection = mysql::Connection::Open(options);
  if (!connection.ok()) return false;
  const std::string user = absl::StrCat("'", Me(), "'@'127.0.0.1'");
  return (*connection)->Run(absl::StrCat("CREATE USER ", user)).ok() &&
         (*connection)->Run(absl::StrCat("GRANT ALL ON *.* TO ", user, " WITH GRANT OPTION")).ok();
}

void GaleraCluster::Kill(const std::string& node) {
  pid_t process = 0;
  std::ifstream(absl::StrCat(folder_, "/", node, "/mysql.pid")) >> process;
  if (process <= 0) std::abort();
  kill(process, SIGKILL);
  // It is no child of ours.
  while (kill(process, 0) == 0) usleep(1'000);
}

std::string GaleraCluster::Writer() const {
  mysql::Options options;
  options.unix_socket = socket();
  options.user = Me();
  const auto connection = mysql::Connection::Open(options);
  if (!connection.ok()) {
    // Before there is a user for it, the one that the cluster began with.
    std::string node;
    std::ifstream(folder_ + "/writer") >> node;
    return node;
  }
  auto rows = (*connection)->Query("SELECT @@wsrep_node_name");
  return rows.ok() && rows->Next() ? rows->Bytes(0) : "";
}

}  // namespace qinglian::test
