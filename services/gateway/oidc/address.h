// Where keys may be fetched from. Private to this folder.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_ADDRESS_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_ADDRESS_H_

#include <string>

namespace qinglian::gateway::oidc {

enum class AddressKind { kRefused, kHttps, kLoopback, kFile };

// https to anywhere; http to 127.0.0.1, [::1] or localhost only; file with an absolute path on this
// machine. Everything else, and whatever names a user, is refused.
AddressKind KindOf(const std::string& url);

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_ADDRESS_H_
