// Tokens as an identity provider would issue them, for installations that have none: development,
// demonstration and tests. A real installation uses its provider.
#ifndef QINGLIAN_SERVICES_CTL_DEVELOPMENT_TOKENS_H_
#define QINGLIAN_SERVICES_CTL_DEVELOPMENT_TOKENS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace qinglian::ctl {

// What a token says.
struct TokenWanted {
  std::string issuer;
  std::string audience;
  // The staff number of the person.
  std::string subject;
  absl::Duration lifetime = absl::Minutes(15);
};

// All answer INVALID_ARGUMENT, reason CONFIG_INVALID, with one line for a file that cannot be read
// or written.

// Writes a new key (ES256, a JWK) to `file`, which only its owner reads, and its public half, a JWK
// Set, to `file`.public. Nothing where the file exists already.
absl::Status MakeTokenKey(const std::string& file);

// A token signed with the key in `key_file`.
absl::StatusOr<std::string> IssueToken(const std::string& key_file, const TokenWanted& wanted);

}  // namespace qinglian::ctl

#endif  // QINGLIAN_SERVICES_CTL_DEVELOPMENT_TOKENS_H_
