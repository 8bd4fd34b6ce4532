#include "services/ctl/caller_commands.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "common/access/identity_keys.h"
#include "common/status/catalogue.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "qinglian/organization/v1/role_binding_service.pb.h"
#include "services/ctl/development_tokens.h"

namespace qinglian::ctl {
namespace {

constexpr char kMakeFirst[] = "/qinglian.organization.v1.RoleBindingService/MakeFirstAdministrator";

}  // namespace

absl::Status Token(const Context&, const Arguments& arguments, const TokenOptions& options) {
  const std::string what = arguments.empty() ? "" : arguments[0];
  if (options.key_file.empty()) return Usage("--token_key names the key of the tokens");
  if (what == "make-key" && arguments.size() == 1) return MakeTokenKey(options.key_file);
  if (what != "issue" || arguments.size() != 2) return Usage("token make-key | issue STAFF_NUMBER");
  ASSIGN_OR_RETURN(const std::string token,
                   IssueToken(options.key_file, {.issuer = options.issuer,
                                                 .audience = options.audience,
                                                 .subject = arguments[1],
                                                 .lifetime = options.lifetime}));
  std::cout << token << "\n";
  return absl::OkStatus();
}

absl::Status Administrator(const Arguments& arguments, const std::string& organization_address,
                           const std::string& identity_key_file, bool unless_there_is_one,
                           const std::shared_ptr<const rpc::Hop>& hop) {
  if (arguments.size() != 2 || arguments[0] != "make" || organization_address.empty()) {
    return Usage(
        "administrator make CLIENT --organization_address=ADDRESS --identity_key_file=FILE");
  }
  RETURN_IF_ERROR(rpc::CheckTarget("organization_address", organization_address, hop.get()));
  rpc::CallOptions options;
  options.caller = "services/qlctl";
  options.client = "qlctl";
  ASSIGN_OR_RETURN(options.identity_keys, access::IdentityKeys::Load(identity_key_file));
  options.grants.emplace_back().set_role("roles/service");
  organization::v1::MakeFirstAdministratorRequest request;
  request.set_client_code(arguments[1]);
  request.set_request_id(NewRequestId());
  const auto binding =
      rpc::Invoke<organization::v1::MakeFirstAdministratorRequest, organization::v1::RoleBinding>(
          *rpc::Connect(organization_address, {.hop = hop, .peer = "organization"}), kMakeFirst,
          request, options);
  // The method has no other guard.
  if (unless_there_is_one && status::Is(binding.status(), status::kGuardNotMet)) {
    std::cout << "there is an administrator already\n";
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(binding.status());
  std::cout << binding->subject() << " is administrator\n";
  return absl::OkStatus();
}

}  // namespace qinglian::ctl
