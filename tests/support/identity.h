// Identity tokens as the tests of the house make them: of whom they like, with what they like.
#ifndef QINGLIAN_TESTS_SUPPORT_IDENTITY_H_
#define QINGLIAN_TESTS_SUPPORT_IDENTITY_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/access/identity_keys.h"
#include "common/access/identity_token.h"
#include "common/rpc/channel.h"

namespace qinglian::test {

// As it stands in a key file.
inline constexpr char kIdentityKey[] =
    "1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d";

inline std::shared_ptr<const access::IdentityKeys> IdentityKeys() {
  static const auto& keys = *new std::shared_ptr<const access::IdentityKeys>(
      access::IdentityKeys::Fixed({std::string(32, '\x1d')}));
  return keys;
}

// A role in a subtree; empty for the whole installation.
inline access::v1::Grant GrantOf(const std::string& role, const std::string& organization = "") {
  access::v1::Grant grant;
  grant.set_role(role);
  grant.set_organization(organization);
  return grant;
}

// A caller of CallAs: who acts for another under a delegation.
inline std::string ActingFor(const std::string& actor, const std::string& acting_for) {
  return absl::StrCat(actor, " for ", acting_for);
}

// The identity token of such a caller.
inline std::string IdentityOf(const std::string& actor, const std::string& acting_for,
                              const std::vector<access::v1::Grant>& grants) {
  access::v1::Identity identity;
  identity.set_actor(actor);
  identity.set_acting_for(acting_for);
  identity.set_client("test");
  for (const access::v1::Grant& grant : grants) *identity.add_grants() = grant;
  return IdentityKeys()->Current()->Make(std::move(identity), absl::Now(),
                                         access::kIdentityLifetime);
}

// Calls as `caller`, who may do everything, or what is granted.
inline rpc::CallOptions CallAs(const std::string& caller,
                               std::vector<access::v1::Grant> grants = {GrantOf("roles/service")}) {
  rpc::CallOptions options;
  const std::pair<std::string, std::string> both = absl::StrSplit(caller, " for ");
  if (!both.second.empty()) {
    options.metadata.emplace_back(access::kIdentityKey,
                                  IdentityOf(both.first, both.second, grants));
    return options;
  }
  options.caller = caller;
  options.client = "test";
  options.identity_keys = IdentityKeys();
  options.grants = std::move(grants);
  return options;
}

}  // namespace qinglian::test

#endif  // QINGLIAN_TESTS_SUPPORT_IDENTITY_H_
