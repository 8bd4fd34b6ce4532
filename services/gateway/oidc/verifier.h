// Who the bearer tokens of an OpenID Connect provider speak of.
#ifndef QINGLIAN_SERVICES_GATEWAY_OIDC_VERIFIER_H_
#define QINGLIAN_SERVICES_GATEWAY_OIDC_VERIFIER_H_

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/oidc/key_source.h"
#include "services/gateway/oidc/token.h"

namespace qinglian::gateway::oidc {

// Checks tokens by the provider's keys as they are at the moment. Thread-safe.
class Verifier {
 public:
  // Begins to fetch the keys at once; without a url of theirs, as the issuer's discovery document
  // says. INVALID_ARGUMENT, reason CONFIG_INVALID, for rules without an issuer or an audience or
  // with a leeway of more than 60 s, and for keys at an address that is not allowed.
  static absl::StatusOr<std::unique_ptr<Verifier>> Start(TokenRules rules, KeySourceOptions keys);

  // UNAUTHENTICATED, reason TOKEN_REFUSED, as token.h says; UNAVAILABLE, reason
  // KEY_SET_UNAVAILABLE, before any keys are there. A token that was right is remembered until it
  // expires or the keys change: checking a signature costs more than forwarding a call.
  absl::StatusOr<Claims> Verify(std::string_view token, absl::Time now) const;

  // For how long after it has expired a token is still taken.
  absl::Duration leeway() const { return rules_.leeway; }

  // Declares the metrics of the keys. Once; `registry` must outlive this.
  void Report(metrics::Registry& registry) { source_->Report(registry); }

  // What the last fetch of the keys came to.
  absl::Status last_fetch() const { return source_->last_fetch(); }

 private:
  Verifier(TokenRules rules, std::unique_ptr<KeySource> source)
      : rules_(std::move(rules)), source_(std::move(source)) {}

  const TokenRules rules_;
  const std::unique_ptr<KeySource> source_;

  mutable std::mutex mutex_;
  // By the SHA-256 of the token, for these keys.
  mutable absl::flat_hash_map<std::string, Claims> known_;
  mutable std::shared_ptr<const KeySet> known_by_;
};

}  // namespace qinglian::gateway::oidc

#endif  // QINGLIAN_SERVICES_GATEWAY_OIDC_VERIFIER_H_
