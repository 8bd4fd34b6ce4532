#include "common/rpc/sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace qinglian::rpc {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kAbstract = "unix-abstract:";

// The sockets that gRPC holds are known to the kernel only.
std::vector<int> OpenDescriptors() {
  std::vector<int> open;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), closedir);
  if (folder == nullptr) return open;
  while (const dirent* entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.') open.push_back(std::atoi(entry->d_name));
  }
  return open;
}

bool IsUnixAddress(const sockaddr_un& bound, socklen_t size, std::string_view address) {
  const size_t length = size - offsetof(sockaddr_un, sun_path);
  const std::string_view path(bound.sun_path, length);
  if (address.starts_with(kAbstract)) {
    return path.starts_with('\0') && path.substr(1) == address.substr(kAbstract.size());
  }
  return !path.empty() && path.substr(0, path.find('\0')) == address.substr(kUnix.size());
}

// Whether `descriptor` is a socket bound to the address: a connection that was accepted has the
// address of its listener.
bool IsBoundTo(int descriptor, std::string_view address, int port) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return false;
  if (address.starts_with("unix")) {
    return bound.ss_family == AF_UNIX && size > offsetof(sockaddr_un, sun_path) &&
           IsUnixAddress(reinterpret_cast<const sockaddr_un&>(bound), size, address);
  }
  if (bound.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port) == port;
  }
  return bound.ss_family == AF_INET6 &&
         ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port) == port;
}

bool IsListener(int descriptor) {
  int listens = 0;
  socklen_t size = sizeof(listens);
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 && listens != 0;
}

// Ends either the listeners at an address or the connections that were accepted there.
void End(std::string_view address, int port, bool listeners) {
  for (const int descriptor : OpenDescriptors()) {
    if (IsBoundTo(descriptor, address, port) && IsListener(descriptor) == listeners) {
      // Not closed: they belong to gRPC, which finds them ended.
      shutdown(descriptor, SHUT_RDWR);
    }
  }
}

}  // namespace

void StopListening(std::string_view address, int port) { End(address, port, true); }

void CloseSockets(std::string_view address, int port) {
  // Listeners first: whose connection ends comes back at once.
  End(address, port, true);
  End(address, port, false);
}

}  // namespace qinglian::rpc
