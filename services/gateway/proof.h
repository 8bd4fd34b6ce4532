// How whoever calls proves who he is: a platform by its certificate, a person by the token of an
// identity provider.
#ifndef QINGLIAN_SERVICES_GATEWAY_PROOF_H_
#define QINGLIAN_SERVICES_GATEWAY_PROOF_H_

#include <grpc/grpc.h>

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/client_certificate.h"
#include "services/gateway/oidc/verifier.h"

namespace qinglian::gateway {

// The metadata in which a caller says for whom he acts: `persons/{person}`.
inline constexpr char kActingFor[] = "acting-for";

struct Proof {
  // `clients/{client}` of the certificate; empty for none.
  std::string client;
  // What the token says of the person; empty for none.
  std::string staff_number;
  // For whom he asks to act; empty for nobody.
  std::string acting_for;
  // Until when the token is good; for ever where there is none.
  absl::Time valid_until = absl::InfiniteFuture();

  // A text that no proof of anybody else has.
  std::string Key() const;
  // The same for all whom he might ask to act for: what he says of them is not proved.
  std::string Asker() const;
  // What to answer after valid_until.
  static absl::Status Expired();
};

// Used by one thread.
class Prover {
 public:
  // `verifier`: null where no identity provider is known; tokens are then refused. `from_edge`:
  // whether only the edge can call, so that what it says of certificates may be believed.
  Prover(const oidc::Verifier* verifier, bool from_edge)
      : verifier_(verifier), from_edge_(from_edge) {}

  // UNAUTHENTICATED: CALLER_MISSING where nothing is proved, CERTIFICATE_REFUSED or TOKEN_REFUSED
  // where what is shown is not right. PERMISSION_DENIED, reason DELEGATION_MISSING, where it takes
  // nobody's word that the caller may not act for whom he names: only persons act for persons.
  absl::StatusOr<Proof> Prove(const grpc_metadata_array& metadata, absl::Time now);

 private:
  absl::StatusOr<const ClientCertificate*> Certificate(std::string_view base64);

  const oidc::Verifier* const verifier_;
  const bool from_edge_;
  // Those seen lately: reading one costs more than all the rest of a call.
  absl::flat_hash_map<std::string, ClientCertificate> certificates_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_PROOF_H_
