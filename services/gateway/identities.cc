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
// For how long a refusal is given again without asking.
constexpr int64_t kRefusalNs = 1'000'000'000;
// How often one caller may name somebody to act for to no avail: he can make names up without end,
// and each question goes to a database that the leases of all gateways depend on. About himself
// there is one question at a time, and one answer to remember.
constexpr Quota kQuestions{.calls_per_second = 20, .concurrent_calls = 40};

absl::Status Unknown() { return status::Unavailable(status::kCallersUnknown, kRetryAfter); }

int64_t NanosOf(const google::protobuf::Duration& duration) {
  return absl::ToInt64Nanoseconds(absl::Seconds(duration.seconds()) +
                                  absl::Nanoseconds(duration.nanos()));
}

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
  const std::string key = proof.Key();
  const auto found = callers_.find(key);
  if (found == callers_.end()) {
    const auto refused = refused_.find(key);
    if (refused == refused_.end() || now_ns >= refused->second.until_ns) return nullptr;
    return refused->second.status;
  }
  const std::shared_ptr<Caller>& caller = found->second;
  if (caller->lease != lease || now_ns - caller->resolved_ns > kMaxAgeNs ||
      now_ns >= caller->until_ns)
    return nullptr;
  return caller;
}

void Identities::Forget() {
  const uint64_t changes = sources_.lease->changes();
  if (changes == seen_) return;
  const std::optional<std::vector<std::string>> changed = sources_.lease->ChangedSince(seen_);
  seen_ = changes;
  // Whoever was refused may have been let in by any of them.
  refused_.clear();
  if (!changed.has_value()) {
    for (const auto& [key, caller] : callers_) caller->forgotten = true;
    callers_.clear();
    proofs_of_.clear();
    return;
  }
  for (const std::string& name : *changed) {
    const auto proofs = proofs_of_.find(name);
    if (proofs == proofs_of_.end()) continue;
    for (const std::string& key : proofs->second) Drop(key);
    proofs_of_.erase(proofs);
  }
}

bool Identities::Holds(const Caller& caller, uint64_t lease, int64_t now_ns) {
  Forget();
  return !caller.forgotten && now_ns < caller.until_ns && lease == sources_.lease->Held(now_ns);
}

void Identities::Ask(const Proof& proof, ForwardCall* call) {
  const std::string key = proof.Key();
  if (const auto asking = asking_.find(key); asking != asking_.end())
    return asking->second->waiting.push_back(call);
  if (!proof.acting_for.empty()) {
    if (const auto wait = AllowanceOf(proof.Asker()).Enter(NowNanos()); wait.has_value())
      return call->Identified(status::Unavailable(status::kQuotaExceeded, *wait), nullptr);
  }
  auto asked = std::make_unique<ResolveCall>(
      proof,
      [this, key](absl::Status status, const organization::v1::ResolveCallerResponse& response) {
        Answered(key, std::move(status), response);
      });
  asked->waiting.push_back(call);
  asked->asker = call->trace_context();
  Start(*asking_.emplace(key, std::move(asked)).first->second);
}

Account& Identities::AllowanceOf(const std::string& asker) {
  if (allowances_.size() >= kMaxCallers) allowances_.clear();
  std::unique_ptr<Account>& allowance = allowances_[asker];
  if (allowance == nullptr) allowance = std::make_unique<Account>(kQuestions);
  return *allowance;
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
  if (!asked.proof().acting_for.empty()) {
    Account& allowance = AllowanceOf(asked.proof().Asker());
    allowance.Leave();
    if (status.ok()) allowance.Refund();
  }
  std::shared_ptr<Caller> caller;
  if (status.ok()) {
    caller = Remember(asked, response);
  } else if (absl::IsUnauthenticated(status) || absl::IsPermissionDenied(status)) {
    RememberRefusal(asked, status);
  } else {
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
  access::v1::Identity identity;
  identity.set_actor(response.actor());
  identity.set_acting_for(proof.acting_for);
  identity.set_client(proof.client);
  *identity.mutable_grants() = response.grants();
  const std::string key = proof.Key();
  const auto known = callers_.find(key);
  if (known != callers_.end() &&
      known->second->identity.SerializeAsString() != identity.SerializeAsString())
    Drop(key);
  // The same object as before, so that whoever has it learns what changes.
  std::shared_ptr<Caller>& caller = callers_[key];
  if (caller == nullptr) caller = std::make_shared<Caller>();
  caller->identity = std::move(identity);
  const bool by_client = !proof.client.empty();
  caller->account = sources_.accounts->Of(
      by_client ? proof.client : response.actor(),
      by_client ? QuotaOf(response.client(), sources_.client_quota) : sources_.person_quota);
  caller->lease = call.lease;
  caller->resolved_ns = NowNanos();
  caller->until_ns =
      response.has_valid_for() ? caller->resolved_ns + NanosOf(response.valid_for()) : kNever;
  caller->token.clear();
  Index(key, caller->identity);
  return caller;
}

void Identities::RememberRefusal(const ResolveCall& call, const absl::Status& status) {
  const std::string key = call.proof().Key();
  Drop(key);
  // What has changed meanwhile may let him in.
  if (call.changes != sources_.lease->changes()) return;
  if (refused_.size() >= kMaxCallers) refused_.clear();
  refused_[key] = {status, NowNanos() + kRefusalNs};
}

void Identities::Drop(const std::string& key) {
  const auto found = callers_.find(key);
  if (found == callers_.end()) return;
  found->second->forgotten = true;
  callers_.erase(found);
}

void Identities::Index(const std::string& key, const access::v1::Identity& identity) {
  for (const std::string& name : {identity.actor(), identity.acting_for(), identity.client()}) {
    if (!name.empty()) proofs_of_[name].insert(key);
  }
}

const std::string& Identities::TokenOf(Caller& caller, int64_t now_ns) {
  std::shared_ptr<const access::IdentityTokens> keys = sources_.identity_keys->Current();
  // Not with a key that has given its place to another: it may be taken out next.
  if (caller.token.empty() || now_ns - caller.token_ns > kRenewTokenNs ||
      keys != caller.token_keys) {
    const absl::Duration lifetime =
        std::min(access::kIdentityLifetime, absl::Nanoseconds(caller.until_ns - now_ns));
    caller.token = keys->Make(caller.identity, absl::Now(), lifetime);
    caller.token_ns = now_ns;
    caller.token_keys = std::move(keys);
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
