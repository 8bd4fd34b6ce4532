#include "services/gateway/identities.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/access/identity_token.h"
#include "common/status/status.h"
#include "services/gateway/forward.h"
#include "services/gateway/resolve_call.h"
#include "services/gateway/worker.h"

namespace qinglian::gateway {
namespace {

// A token is made anew after a third of its life, so that what is forwarded holds for the rest.
const int64_t kRenewTokenNs = absl::ToInt64Nanoseconds(access::kIdentityLifetime) / 3;
// After so long a caller is asked for again, because a binding may have reached its last day.
constexpr int64_t kMaxAgeNs = 60'000'000'000;
// Beyond this many all are forgotten.
constexpr size_t kMaxCallers = 10'000;
// How often an answer that changes have overtaken is asked for again.
constexpr int kMaxTries = 3;
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

absl::Status Unknown() { return status::Unavailable(status::kCallersUnknown, kRetryAfter); }

Quota QuotaOf(const organization::v1::Client& client, const Quota& otherwise) {
  Quota quota = otherwise;
  if (client.calls_per_second() > 0) quota.calls_per_second = client.calls_per_second();
  if (client.concurrent_calls() > 0) quota.concurrent_calls = client.concurrent_calls();
  if (client.max_response_bytes() > 0) quota.max_response_bytes = client.max_response_bytes();
  return quota;
}

}  // namespace

Identities::Identities(Worker& worker, const CallerSources& sources)
    : worker_(worker), sources_(sources) {}

Identities::~Identities() = default;

absl::StatusOr<std::shared_ptr<Caller>> Identities::Find(const Proof& proof, int64_t now_ns) {
  const uint64_t lease = sources_.lease->Held(now_ns);
  if (lease == 0) return Unknown();
  Forget();
  const auto found = callers_.find(proof.Key());
  if (found == callers_.end()) return nullptr;
  const std::shared_ptr<Caller>& caller = found->second;
  if (caller->lease != lease || now_ns - caller->resolved_ns > kMaxAgeNs) return nullptr;
  return caller;
}

void Identities::Forget() {
  const uint64_t changes = sources_.lease->changes();
  if (changes == seen_) return;
  const std::optional<std::vector<std::string>> changed = sources_.lease->ChangedSince(seen_);
  seen_ = changes;
  if (!changed.has_value()) {
    for (const auto& [key, caller] : callers_) caller->forgotten = true;
    callers_.clear();
    proofs_of_.clear();
    return;
  }
  for (const std::string& name : *changed) {
    const auto proofs = proofs_of_.find(name);
    if (proofs == proofs_of_.end()) continue;
    for (const std::string& key : proofs->second) {
      const auto found = callers_.find(key);
      if (found == callers_.end()) continue;
      found->second->forgotten = true;
      callers_.erase(found);
    }
    proofs_of_.erase(proofs);
  }
}

bool Identities::Holds(const Caller& caller, uint64_t lease, int64_t now_ns) const {
  return !caller.forgotten && lease == sources_.lease->Held(now_ns);
}

void Identities::Ask(const Proof& proof, ForwardCall* call) {
  std::unique_ptr<ResolveCall>& asking = asking_[proof.Key()];
  if (asking != nullptr) return asking->waiting.push_back(call);
  asking = std::make_unique<ResolveCall>(
      proof, [this, key = proof.Key()](absl::Status status,
                                       const organization::v1::ResolveCallerResponse& response) {
        Answered(key, std::move(status), response);
      });
  asking->waiting.push_back(call);
  Start(*asking);
}

void Identities::Start(ResolveCall& call) {
  // Looked at before it is asked: what changes from now on is found when the answer comes.
  call.lease = sources_.lease->Held(NowNanos());
  call.changes = sources_.lease->changes();
  call.Start(worker_.organization().Next(), worker_.queue(), ServiceToken());
}

void Identities::Answered(const std::string& key, absl::Status status,
                          const organization::v1::ResolveCallerResponse& response) {
  ResolveCall& asked = *asking_.at(key);
  if (status.ok() && IsStale(asked, response)) {
    if (asked.tries < kMaxTries) return Start(asked);
    status = Unknown();
  }
  std::shared_ptr<Caller> caller;
  if (status.ok()) {
    caller = Remember(asked, response);
  } else if (!absl::IsUnauthenticated(status) && !absl::IsPermissionDenied(status)) {
    status = Unknown();
  }
  // Its event is not over yet.
  done_ = std::move(asking_.at(key));
  asking_.erase(key);
  for (ForwardCall* call : done_->waiting) call->Identified(status, caller);
}

bool Identities::IsStale(const ResolveCall& call,
                         const organization::v1::ResolveCallerResponse& response) const {
  const uint64_t lease = sources_.lease->Held(NowNanos());
  if (lease == 0 || lease != call.lease) return true;
  const std::optional<std::vector<std::string>> changed =
      sources_.lease->ChangedSince(call.changes);
  if (!changed.has_value()) return true;
  return std::any_of(changed->begin(), changed->end(), [&](const std::string& name) {
    return name == response.actor() || name == call.proof().acting_for ||
           name == call.proof().client;
  });
}

std::shared_ptr<Caller> Identities::Remember(
    const ResolveCall& call, const organization::v1::ResolveCallerResponse& response) {
  const Proof& proof = call.proof();
  if (callers_.size() >= kMaxCallers) {
    // Not those that calls under way belong to: what changes concerns them too.
    absl::erase_if(callers_, [](const auto& entry) { return entry.second.use_count() == 1; });
    proofs_of_.clear();
    for (const auto& [key, caller] : callers_) Index(key, caller->identity);
  }
  const std::string key = proof.Key();
  // The same object as before, so that whoever has it learns what changes.
  std::shared_ptr<Caller>& caller = callers_[key];
  if (caller == nullptr) caller = std::make_shared<Caller>();
  caller->identity.set_actor(response.actor());
  caller->identity.set_acting_for(proof.acting_for);
  caller->identity.set_client(proof.client);
  *caller->identity.mutable_grants() = response.grants();
  const bool by_client = !proof.client.empty();
  caller->account = sources_.accounts->Of(
      by_client ? proof.client : response.actor(),
      by_client ? QuotaOf(response.client(), sources_.client_quota) : sources_.person_quota);
  caller->lease = call.lease;
  caller->resolved_ns = NowNanos();
  caller->token.clear();
  Index(key, caller->identity);
  return caller;
}

void Identities::Index(const std::string& key, const access::v1::Identity& identity) {
  for (const std::string& name : {identity.actor(), identity.acting_for(), identity.client()}) {
    if (!name.empty()) proofs_of_[name].insert(key);
  }
}

const std::string& Identities::TokenOf(Caller& caller, int64_t now_ns) {
  if (caller.token.empty() || now_ns - caller.token_ns > kRenewTokenNs) {
    caller.token = sources_.identity_keys->Current()->Make(caller.identity, absl::Now(),
                                                           access::kIdentityLifetime);
    caller.token_ns = now_ns;
  }
  return caller.token;
}

std::string Identities::ServiceToken() const {
  access::v1::Identity identity;
  identity.set_actor("services/gateway");
  identity.set_client("gateway");
  identity.add_grants()->set_role("roles/service");
  return sources_.identity_keys->Current()->Make(std::move(identity), absl::Now(),
                                                 access::kIdentityLifetime);
}

}  // namespace qinglian::gateway
