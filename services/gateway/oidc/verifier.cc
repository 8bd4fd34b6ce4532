#include "services/gateway/oidc/verifier.h"

#include <utility>

#include "common/crypto/crypto.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::gateway::oidc {
namespace {

// Beyond this many all are forgotten.
constexpr size_t kMaxKnown = 20'000;
constexpr absl::Duration kMaxLeeway = absl::Seconds(60);

}  // namespace

absl::StatusOr<std::unique_ptr<Verifier>> Verifier::Start(TokenRules rules, KeySourceOptions keys) {
  if (rules.issuer.empty() || rules.audience.empty()) {
    return status::Error(status::kConfigInvalid,
                         {{"detail", "token_issuer and token_audience must both be set"}});
  }
  if (rules.leeway < absl::ZeroDuration() || rules.leeway > kMaxLeeway) {
    return status::Error(status::kConfigInvalid, {{"detail", "clocks may differ by 60 s at most"}});
  }
  keys.issuer = rules.issuer;
  ASSIGN_OR_RETURN(std::unique_ptr<KeySource> source, KeySource::Start(std::move(keys)));
  return std::unique_ptr<Verifier>(new Verifier(std::move(rules), std::move(source)));
}

absl::StatusOr<Claims> Verifier::Verify(std::string_view token, absl::Time now) const {
  const std::shared_ptr<const KeySet> keys = source_->keys();
  if (keys == nullptr) {
    return status::Unavailable(status::kKeySetUnavailable, absl::Seconds(1),
                               {{"detail", "not fetched yet"}});
  }
  const std::string hash = crypto::Sha256(token);
  {
    const std::lock_guard lock(mutex_);
    if (known_by_ != keys) known_.clear();
    known_by_ = keys;
    const auto known = known_.find(hash);
    if (known != known_.end() && now < known->second.expiry + rules_.leeway) return known->second;
  }
  absl::StatusOr<Claims> claims = oidc::Verify(token, *keys, rules_, now);
  if (!claims.ok()) {
    if (status::MetadataOf(claims.status(), "cause") == "key") source_->Missed();
    return claims;
  }
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMaxKnown) known_.clear();
  if (known_by_ == keys) known_.insert_or_assign(hash, *claims);
  return claims;
}

}  // namespace qinglian::gateway::oidc
