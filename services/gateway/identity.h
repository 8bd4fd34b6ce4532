// Who calls, and the identity token that tells the services.
#ifndef QINGLIAN_SERVICES_GATEWAY_IDENTITY_H_
#define QINGLIAN_SERVICES_GATEWAY_IDENTITY_H_

#include <grpc/grpc.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/access/identity_keys.h"

namespace qinglian::gateway {

// The callers of one worker. Used by its thread.
class Identities {
 public:
  explicit Identities(std::shared_ptr<const access::IdentityKeys> keys) : keys_(std::move(keys)) {}

  // The identity token of whoever sends a call with this metadata; holds until the next call.
  // UNAUTHENTICATED, reason CALLER_MISSING.
  absl::StatusOr<const std::string*> TokenFor(const grpc_metadata_array& metadata, int64_t now_ns);

 private:
  struct Token {
    std::string bytes;
    int64_t made_ns = 0;
  };

  const std::shared_ptr<const access::IdentityKeys> keys_;
  // By caller and client.
  absl::flat_hash_map<std::string, Token> tokens_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_IDENTITY_H_
