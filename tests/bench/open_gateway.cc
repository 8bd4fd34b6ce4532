// The gateway without what it knows of callers: what identity, permission, quota and metrics cost
// is the difference to the gateway as it is. Everything else in this program is the gateway's own
// code; these stand in the place of identities.cc, proof.cc, account.cc and metrics.cc, and only
// benchmarks are linked so.
#include <memory>
#include <string>

#include "services/gateway/account.h"
#include "services/gateway/identities.h"
#include "services/gateway/metrics.h"
#include "services/gateway/proof.h"
#include "services/gateway/resolve_call.h"

namespace qinglian::gateway {

Identities::Identities(Worker& worker, const CallerSources& sources)
    : worker_(worker), sources_(sources) {}
Identities::~Identities() = default;

absl::StatusOr<std::shared_ptr<Caller>> Identities::Find(const Proof&, int64_t) {
  static const auto& everybody = *new std::shared_ptr<Caller>([] {
    auto caller = std::make_shared<Caller>();
    caller->account = std::make_shared<Account>(Quota());
    return caller;
  }());
  return everybody;
}

void Identities::Ask(const Proof&, ForwardCall*) {}
void Identities::Answered(const std::string&, absl::Status,
                          const organization::v1::ResolveCallerResponse&) {}
const std::string& Identities::TokenOf(Caller& caller, int64_t) { return caller.token; }
bool Identities::Holds(const Caller&, uint64_t, int64_t) { return true; }
void Identities::Forget() {}

std::string Proof::Key() const { return ""; }
absl::Status Proof::Expired() { return absl::OkStatus(); }
absl::StatusOr<Proof> Prover::Prove(const grpc_metadata_array&, absl::Time) { return Proof(); }

std::optional<absl::Duration> Account::Enter(int64_t) { return std::nullopt; }
void Account::Leave() {}
void Account::SetQuota(const Quota&) {}
Quota Account::quota() const { return {}; }
std::shared_ptr<Account> Accounts::Of(const std::string&, const Quota& quota) {
  return std::make_shared<Account>(quota);
}

Metrics::Metrics(metrics::Registry&, const std::vector<std::string>&) {}
void Metrics::Begin(Route) {}
void Metrics::End(Route, grpc_status_code, int64_t) {}
void Metrics::SetServing(size_t, bool) {}

}  // namespace qinglian::gateway
