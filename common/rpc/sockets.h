// Ends the connections of a server from below.
#ifndef QINGLIAN_COMMON_RPC_SOCKETS_H_
#define QINGLIAN_COMMON_RPC_SOCKETS_H_

#include <string_view>

namespace qinglian::rpc {

// Takes no further connections at `address` (as in ServerOptions::listen, `port` the one that was
// got); those there are go on. For the beginning of a drain: a balancer that looks whether it can
// connect sends its calls elsewhere.
void StopListening(std::string_view address, int port);

// Stops listening on `address` in the same way, and ends every connection that was accepted there,
// as the end of the process would: whoever called on one of them sees UNAVAILABLE. For the end of a
// drain, before grpc::Server::Shutdown, and in a process that will soon end: what gRPC 1.51
// receives after its shutdown began it answers with CANCELLED, which no client tries again.
void CloseSockets(std::string_view address, int port);

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_SOCKETS_H_
