// The certificate of whoever calls, as the edge passes it on.
#ifndef QINGLIAN_SERVICES_GATEWAY_CLIENT_CERTIFICATE_H_
#define QINGLIAN_SERVICES_GATEWAY_CLIENT_CERTIFICATE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace qinglian::gateway {

// The metadata in which the edge passes it on: DER in base64.
inline constexpr char kEdgeCertificate[] = "qinglian-edge-certificate";

struct ClientCertificate {
  // `clients/{client}`.
  std::string client;
  // SHA-256 of the certificate, in base64url without padding, as tokens name it (RFC 8705).
  std::string thumbprint;
};

// Which client a certificate that the edge has verified names: by its one URI,
// `spiffe://qinglian/clients/{client}`. UNAUTHENTICATED, reason CERTIFICATE_REFUSED, for anything
// else. Thread-safe.
absl::StatusOr<ClientCertificate> ReadClientCertificate(std::string_view base64);

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_CLIENT_CERTIFICATE_H_
