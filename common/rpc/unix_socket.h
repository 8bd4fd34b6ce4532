// Unix sockets that only the user of this process may connect to: what is behind one needs no other
// proof of the hop before it.
#ifndef QINGLIAN_COMMON_RPC_UNIX_SOCKET_H_
#define QINGLIAN_COMMON_RPC_UNIX_SOCKET_H_

#include <sys/types.h>

#include <string_view>

#include "absl/status/status.h"

namespace qinglian::rpc {

// Whether an address is `unix:PATH`.
bool IsUnixSocket(std::string_view address);

// OK where a server may listen on `address`, which is of any kind: a socket that nobody listens on
// any more is replaced, one that somebody does is not. INVALID_ARGUMENT, reason CONFIG_INVALID,
// where the path is longer than the 107 bytes that a socket's may have; INTERNAL, reason IO_FAILED,
// where another program listens there.
absl::Status CheckUnixSocket(std::string_view address);

// While it lives, sockets are created for this user alone. Of the whole process: for the moment in
// which a server begins to listen.
class PrivateSockets {
 public:
  PrivateSockets();
  ~PrivateSockets();
  PrivateSockets(const PrivateSockets&) = delete;
  PrivateSockets& operator=(const PrivateSockets&) = delete;

 private:
  const mode_t before_;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_UNIX_SOCKET_H_
