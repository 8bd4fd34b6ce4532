#include "tests/support/mysql_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace qinglian::test {
namespace {

sockaddr_un Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

bool SendAll(int fd, std::string_view data) {
  while (!data.empty()) {
    ssize_t n = send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    data.remove_prefix(n);
  }
  return true;
}

}  // namespace

MysqlProxy::MysqlProxy(std::string upstream_socket) : upstream_(std::move(upstream_socket)) {
  dir_ = (std::filesystem::temp_directory_path() / "qinglian-proxy-XXXXXX").string();
  if (mkdtemp(dir_.data()) == nullptr) std::abort();
  socket_ = dir_ + "/mysql.sock";
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = Address(socket_);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, 64) != 0) {
    std::abort();
  }
  acceptor_ = std::thread([this] { Accept(); });
}

MysqlProxy::~MysqlProxy() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  Cut();
  for (std::thread& thread : threads_) thread.join();
  for (int fd : open_) close(fd);
  close(listener_);
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void MysqlProxy::Cut() {
  std::lock_guard<std::mutex> lock(mutex_);
  // Closed at the end only, so that no number is used again for another connection meanwhile.
  for (int fd : open_) shutdown(fd, SHUT_RDWR);
}

void MysqlProxy::Accept() {
  while (!stopping_) {
    int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address = Address(upstream_);
    std::lock_guard<std::mutex> lock(mutex_);
    open_.push_back(client);
    open_.push_back(server);
    if (connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      shutdown(client, SHUT_RDWR);
      continue;
    }
    threads_.emplace_back([this, client, server] { Forward(client, server); });
  }
}

void MysqlProxy::Forward(int client, int server) {
  std::string buffer(65536, '\0');
  bool stalled = false;
  pollfd fds[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
  while (poll(fds, 2, -1) > 0) {
    for (pollfd& from : fds) {
      if (from.revents == 0) continue;
      ssize_t n = read(from.fd, buffer.data(), buffer.size());
      std::string_view piece(buffer.data(), n > 0 ? n : 0);
      bool goes_on = n > 0 && (from.fd == client ? FromClient(piece, server, &stalled)
                                                 : SendAll(client, piece));
      if (goes_on) continue;
      // A stalled COMMIT alone keeps its connection to the server.
      shutdown(client, SHUT_RDWR);
      if (!stalled) shutdown(server, SHUT_RDWR);
      return;
    }
  }
}

bool MysqlProxy::FromClient(std::string_view piece, int server, bool* stalled) {
  ++requests_;
  // A thread a connection: the others do not wait.
  std::this_thread::sleep_for(delay_.load());
  // A packet: three bytes of length, one of sequence, the command (3: query), its text.
  bool is_commit = piece.size() > 4 && piece.substr(4) ==
                                           "\x03"
                                           "COMMIT";
  Fault fault = is_commit ? fault_.exchange(Fault::kNone) : Fault::kNone;
  if (fault == Fault::kNone) return SendAll(server, piece);
  if (fault == Fault::kAfterCommit) {
    SendAll(server, piece);
    char answer[256];
    (void)!read(server, answer, sizeof(answer));
  }
  *stalled = fault == Fault::kStallCommit;
  return false;
}

}  // namespace qinglian::test
