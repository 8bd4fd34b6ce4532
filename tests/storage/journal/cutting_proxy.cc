#include "tests/storage/journal/cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace qinglian::test::journal {
namespace {

void Must(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::abort();
}

sockaddr_un Address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  Must(path.size() < sizeof(address.sun_path), "socket path");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool SendAll(int to, const char* data, ssize_t size) {
  while (size > 0) {
    ssize_t sent = send(to, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= sent;
  }
  return true;
}

// Whether a packet is the statement COMMIT: length and sequence, COM_QUERY, the text.
bool IsCommit(const char* data, ssize_t size) {
  return size == 11 && data[4] == 3 && std::memcmp(data + 5, "COMMIT", 6) == 0;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string upstream) : upstream_(std::move(upstream)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "qinglian-proxy-XXXXXX").string();
  Must(mkdtemp(pattern.data()) != nullptr, "mkdtemp");
  socket_ = pattern + "/socket";
  listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = Address(socket_);
  Must(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "bind");
  Must(listen(listener_, 64) == 0, "listen");
  acceptor_ = std::thread([this] { Serve(); });
}

CuttingProxy::~CuttingProxy() {
  stop_ = true;
  acceptor_.join();
  for (std::thread& forwarder : forwarders_) forwarder.join();
  close(listener_);
  std::filesystem::remove_all(std::filesystem::path(socket_).parent_path());
}

void CuttingProxy::Serve() {
  while (!stop_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (poll(&waiting, 1, 50) <= 0) continue;
    int client = accept(listener_, nullptr, nullptr);
    if (client >= 0) forwarders_.emplace_back([this, client] { Forward(client); });
  }
}

void CuttingProxy::Forward(int client) {
  int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = Address(upstream_);
  bool alive = connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  char data[64 * 1024];
  while (alive && !stop_) {
    pollfd sides[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(sides, 2, 50) <= 0) continue;
    if (sides[0].revents != 0) alive = FromClient(client, server);
    if (alive && sides[1].revents != 0) {
      ssize_t size = recv(server, data, sizeof(data), 0);
      alive = size > 0 && SendAll(client, data, size);
    }
  }
  close(client);
  close(server);
}

bool CuttingProxy::FromClient(int client, int server) {
  char data[64 * 1024];
  ssize_t size = recv(client, data, sizeof(data), 0);
  if (size <= 0) return false;
  if (IsCommit(data, size)) {
    const Cut cut = cut_.exchange(Cut::kNever);
    if (cut != Cut::kNever) ++cuts_;
    if (cut == Cut::kBeforeCommit) return false;
    if (cut == Cut::kDuringCommit) {
      SendAll(server, data, size);
      return false;
    }
    if (cut == Cut::kAfterCommit) {
      SendAll(server, data, size);
      // The answer says that it is done.
      (void)recv(server, data, sizeof(data), 0);
      return false;
    }
  }
  return SendAll(server, data, size);
}

}  // namespace qinglian::test::journal
