// Who calls, as the organization service says, and the identity token that tells the services.
#ifndef QINGLIAN_SERVICES_GATEWAY_IDENTITIES_H_
#define QINGLIAN_SERVICES_GATEWAY_IDENTITIES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "common/access/identity_keys.h"
#include "qinglian/access/v1/identity.pb.h"
#include "qinglian/organization/v1/caller_service.pb.h"
#include "services/gateway/account.h"
#include "services/gateway/caller_lease.h"
#include "services/gateway/deadline.h"
#include "services/gateway/proof.h"

namespace qinglian::gateway {

class ForwardCall;
class ResolveCall;
class Worker;

// A caller as he was resolved. Used by the worker's thread.
struct Caller {
  access::v1::Identity identity;
  std::shared_ptr<Account> account;
  // Under which lease, and when.
  uint64_t lease = 0;
  int64_t resolved_ns = 0;
  // When a day is over that was the last of something granted.
  int64_t until_ns = kNever;
  // Whether something about him has changed since.
  bool forgotten = false;
  // The identity token, when it was made, and with which keys.
  std::string token;
  int64_t token_ns = 0;
  std::shared_ptr<const access::IdentityTokens> token_keys;
};

// What all workers know of callers together. Everything in it is thread-safe and outlives them.
struct CallerSources {
  std::shared_ptr<const access::IdentityKeys> identity_keys;
  const CallerLease* lease = nullptr;
  Accounts* accounts = nullptr;
  // For whom nothing else is registered.
  Quota client_quota;
  Quota person_quota;
};

// The callers of one worker, remembered while the gateway holds its lease. Used by its thread.
class Identities {
 public:
  Identities(Worker& worker, const CallerSources& sources);
  ~Identities();

  // Who has proved himself so; null where that must be asked first: see Ask. UNAVAILABLE, reason
  // CALLERS_UNKNOWN, while no lease is held; what was answered a moment ago where he was refused.
  absl::StatusOr<std::shared_ptr<Caller>> Find(const Proof& proof, int64_t now_ns);

  // Asks, and tells `call` (ForwardCall::Identified) when there is an answer; at once where he
  // named too many to act for to no avail. The call must not end before.
  void Ask(const Proof& proof, ForwardCall* call);

  // The identity token of a caller; holds until the next call of this.
  const std::string& TokenOf(Caller& caller, int64_t now_ns);

  // Whether what was begun for a caller under a lease may go on, by all that is known at this
  // moment.
  bool Holds(const Caller& caller, uint64_t lease, int64_t now_ns);

  // Forgets whom changes concern. Called now and then, and before anything is found.
  void Forget();

 private:
  // A refusal, and until when it is not asked again.
  struct Refusal {
    absl::Status status;
    int64_t until_ns = 0;
  };

  // How much an asker, whom proofs name, may still ask of those whom he wants to act for.
  Account& AllowanceOf(const std::string& asker);
  void Start(ResolveCall& call);
  // An answer has come to what was asked by that key.
  void Answered(const std::string& key, absl::Status status,
                const organization::v1::ResolveCallerResponse& response);
  // Whether changes may have overtaken the answer.
  bool IsStale(const ResolveCall& call,
               const organization::v1::ResolveCallerResponse& response) const;
  std::shared_ptr<Caller> Remember(const ResolveCall& call,
                                   const organization::v1::ResolveCallerResponse& response);
  void RememberRefusal(const ResolveCall& call, const absl::Status& status);
  // Takes a caller out; whatever was begun for him ends.
  void Drop(const std::string& key);
  void Index(const std::string& key, const access::v1::Identity& identity);
  std::string ServiceToken() const;

  Worker& worker_;
  const CallerSources& sources_;
  // How many changes have been looked at.
  uint64_t seen_ = 0;
  // By proof.
  absl::flat_hash_map<std::string, std::shared_ptr<Caller>> callers_;
  // The proofs that a name has to do with.
  absl::flat_hash_map<std::string, absl::flat_hash_set<std::string>> proofs_of_;
  // Who was refused a moment ago, by proof, and nothing has changed since.
  absl::flat_hash_map<std::string, Refusal> refused_;
  // By asker.
  absl::flat_hash_map<std::string, std::unique_ptr<Account>> allowances_;
  // What is asked at the moment, by proof.
  absl::flat_hash_map<std::string, std::unique_ptr<ResolveCall>> asking_;
  // Answered last, and kept until its event is over.
  std::unique_ptr<ResolveCall> done_;
};

}  // namespace qinglian::gateway

#endif  // QINGLIAN_SERVICES_GATEWAY_IDENTITIES_H_
