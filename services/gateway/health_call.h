// The methods of grpc.health.v1.Health, which the gateway answers itself.
#ifndef QINGLIAN_SERVICES_GATEWAY_HEALTH_CALL_H_
#define QINGLIAN_SERVICES_GATEWAY_HEALTH_CALL_H_

#include <grpc/grpc.h>

#include <string>

#include "services/gateway/call.h"
#include "services/gateway/health.h"

namespace qinglian::gateway {

// Check answers once; Watch says what is and then each change, noticed within a tick of the worker.
class HealthCall final : public Call {
 public:
  using Call::Call;
  void End(const absl::Status& status) override;
  void Tick(int64_t now_ns) override;
  void Reset() override;

 private:
  void OnBegin() override;
  void On(Event event, bool ok) override;
  void Check();
  void Watch();
  void AddMessage(HealthBoard::ServingStatus serving, Batch& batch);

  grpc_byte_buffer* message_ = nullptr;
  std::string service_;
  bool watching_ = false;
  bool sending_ = false;
  HealthBoard::ServingStatus told_ = grpc::health::v1::HealthCheckResponse::UNKNOWN;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_HEALTH_CALL_H_
