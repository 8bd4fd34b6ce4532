// A port for whoever looks after the process and has no certificate, such as a kubelet: it answers
// grpc.health.v1.Health/Check and nothing else, and tells nothing but whether the process serves.
#ifndef QINGLIAN_COMMON_RPC_HEALTH_PORT_H_
#define QINGLIAN_COMMON_RPC_HEALTH_PORT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"

namespace qinglian::rpc {

class HealthPort {
 public:
  // Of the service "" it says what `ready` says at that moment, from any thread; "live" serves as
  // long as somebody can answer. NOT_FOUND for any other. Null where `address` is empty.
  // INVALID_ARGUMENT, reason CONFIG_INVALID, where the address, host:port of any kind, cannot be
  // had.
  static absl::StatusOr<std::unique_ptr<HealthPort>> Start(const std::string& address,
                                                           std::function<bool()> ready);
  ~HealthPort();
  HealthPort(const HealthPort&) = delete;
  HealthPort& operator=(const HealthPort&) = delete;

  int port() const { return port_; }

 private:
  explicit HealthPort(std::unique_ptr<grpc::CallbackGenericService> service);

  const std::unique_ptr<grpc::CallbackGenericService> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

}  // namespace qinglian::rpc

#endif  // QINGLIAN_COMMON_RPC_HEALTH_PORT_H_
