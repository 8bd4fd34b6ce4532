#include "common/rpc/unix_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status/status.h"
#include "common/status/text.h"

namespace qinglian::rpc {
namespace {

constexpr std::string_view kUnix = "unix:";

bool SomebodyListens(std::string_view path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool listens =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return listens;
}

}  // namespace

bool IsUnixSocket(std::string_view address) { return address.starts_with(kUnix); }

absl::Status CheckUnixSocket(std::string_view address) {
  if (!IsUnixSocket(address)) return absl::OkStatus();
  const std::string_view path = address.substr(kUnix.size());
  constexpr size_t kMaxPath = sizeof(sockaddr_un::sun_path) - 1;
  if (path.empty() || path.size() > kMaxPath) {
    return status::Error(
        status::kConfigInvalid,
        {{"detail", absl::StrCat("listen: the path of a socket has 1 to ", kMaxPath, " bytes, \"",
                                 status::View(path), "\" has ", path.size())}});
  }
  if (!SomebodyListens(path)) return absl::OkStatus();
  return status::Error(status::kIoFailed,
                       {{"detail", absl::StrCat("cannot listen on ", status::View(address),
                                                "; is another program there?")}});
}

PrivateSockets::PrivateSockets() : before_(umask(S_IRWXG | S_IRWXO)) {}

PrivateSockets::~PrivateSockets() { umask(before_); }

}  // namespace qinglian::rpc
