// Ends the connections of a server from below.
#ifndef QINGLIAN_COMMON_RPC_SOCKETS_H_
#define QINGLIAN_COMMON_RPC_SOCKETS_H_

#include <string_view>

namespace qinglian::rpc {

// Stops listening on `address` (as in ServerOptions::listen, `port` the one that was got), and ends
// every connection that was accepted there, as the end of the process would: whoever called on one
// of them sees UNAVAILABLE. For the end of a drain, before grpc::Server::Shutdown, and in a process
// that will soon end: what gRPC 1.51 receives after its shutdown began it answers with CANCELLED,
// which no client tries again.
void CloseSockets(std::string_view address, int port);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_SOCKETS_H_
