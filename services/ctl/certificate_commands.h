// Commands on certificates: certificate authority, server, issue, revoke, show.
#ifndef QINGLIAN_SERVICES_CTL_CERTIFICATE_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_CERTIFICATE_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

struct CertificateOptions {
  // The folder of the authority.
  std::string ca;
  // The folder where what is issued is put.
  std::string out;
  // How long it is valid.
  int days = 90;
};

// certificate authority: a new authority. certificate server HOST…: what the edge shows to callers.
// certificate issue CLIENT: what a platform proves itself with. certificate revoke FILE: it does no
// longer, once the edge has the new list. certificate show FILE: what it says.
absl::Status Certificate(const Context& context, const Arguments& arguments,
                         const CertificateOptions& options);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CERTIFICATE_COMMANDS_H_
