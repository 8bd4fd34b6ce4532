// Commands that let the first ones in: the first administrator, and tokens where there is no
// identity provider.
#ifndef QINGLIAN_SERVICES_CTL_CALLER_COMMANDS_H_
#define QINGLIAN_SERVICES_CTL_CALLER_COMMANDS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/rpc/hop.h"
#include "services/ctl/read_commands.h"

namespace qinglian::ctl {

struct TokenOptions {
  std::string key_file;
  std::string issuer;
  std::string audience;
  absl::Duration lifetime;
};

// token make-key | issue STAFF_NUMBER.
absl::Status Token(const Context& context, const Arguments& arguments, const TokenOptions& options);

// administrator make CLIENT: makes a client the first administrator of the installation, once; with
// `unless_there_is_one` it is no failure where nobody is to be made one any more. Goes to the
// organization service itself, with the key that proves identities within the house and, where that
// runs on another machine, the mark `hop` of this process.
absl::Status Administrator(const Arguments& arguments, const std::string& organization_address,
                           const std::string& identity_key_file, bool unless_there_is_one,
                           const std::shared_ptr<const rpc::Hop>& hop);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_CALLER_COMMANDS_H_
