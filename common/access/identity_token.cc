#include "common/access/identity_token.h"

#include <algorithm>
#include <utility>

#include "common/clock/date.h"
#include "common/crypto/crypto.h"
#include "common/status/status.h"

namespace qinglian::access {
namespace {

// Made only where it is needed: an error costs as much as all that comes before it.
absl::Status Refused() { return status::Error(status::kCallerMissing); }

}  // namespace

IdentityTokens::IdentityTokens(std::vector<std::string> keys) {
  for (const std::string& key : keys) {
    keys_.push_back(crypto::DeriveKey(key, "qinglian identity token 1"));
  }
}

std::string IdentityTokens::Make(v1::Identity identity, absl::Time now,
                                 absl::Duration lifetime) const {
  *identity.mutable_issue_time() = clock::ToTimestamp(now);
  *identity.mutable_expire_time() = clock::ToTimestamp(now + lifetime);
  const std::string body = identity.SerializeAsString();
  return crypto::Hmac(keys_.front(), body) + body;
}

absl::StatusOr<v1::Identity> IdentityTokens::Open(std::string_view token, absl::Time now) const {
  if (token.size() <= crypto::kHashSize) return Refused();
  const std::string_view mac = token.substr(0, crypto::kHashSize);
  const std::string_view body = token.substr(crypto::kHashSize);
  const bool genuine = std::any_of(keys_.begin(), keys_.end(), [&](const std::string& key) {
    return crypto::SameBytes(crypto::Hmac(key, body), mac);
  });
  v1::Identity identity;
  if (!genuine || !identity.ParseFromArray(body.data(), static_cast<int>(body.size())))
    return Refused();
  const absl::StatusOr<absl::Time> issued = clock::ToTime(identity.issue_time());
  const absl::StatusOr<absl::Time> expires = clock::ToTime(identity.expire_time());
  const bool current =
      issued.ok() && expires.ok() && *issued <= now + kClockLeeway && now < *expires + kClockLeeway;
  if (!current || identity.actor().empty()) return Refused();
  return identity;
}

}  // namespace qinglian::access
