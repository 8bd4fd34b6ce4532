#ifndef QINGLIAN_COMMON_JOURNAL_TRANSACTION_H_
#define QINGLIAN_COMMON_JOURNAL_TRANSACTION_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/access/principal.h"
#include "common/id/uuid.h"
#include "common/mysql/mysql.h"
#include "google/protobuf/message.h"
#include "qinglian/journal/v1/journal.pb.h"

namespace qinglian::journal {

// Who writes, by which request, and why: what every journal row of one request has in common.
struct Facts {
  std::string actor;
  std::string acting_for;
  std::string client;
  // The full method, or `effect/<service>/<effect>` for what a feed caused.
  std::string method;
  id::Uuid request_id;
  // SHA-256 of the request without its request_id.
  std::string request_hash;
  std::string trace_id;
  // Set where a change of another service caused this write.
  std::optional<v1::Cause> cause;
  // When the caller stops waiting.
  absl::Time deadline;
  // What the caller may do; the house itself for effects. What it refers to outlives the write.
  access::Scope scope = {};
};

// One change of one resource, as a store reports it.
struct RecordedChange {
  // Such as `organizations/0192f0c1-…`.
  std::string resource;
  // The resource's version after the change.
  int64_t version = 0;
  // The full name of the resource's message type.
  std::string kind;
  v1::Change::Operation operation = v1::Change::OPERATION_UNSPECIFIED;
  // The name of the organization it belongs to, empty for none.
  std::string organization;
  // The resource after the change, serialized.
  std::string after;
  // Paths of the top-level fields that changed.
  std::vector<std::string> changed_fields;
  std::string reason;
};

// A write under way: the open database transaction, the facts of the request, one moment of each
// clock, and the changes that will be appended to the journal before COMMIT. Made by
// journal::Write; used by one thread.
class Transaction {
 public:
  Transaction(mysql::Connection& connection, const Facts& facts, absl::Time now,
              absl::Time business_now)
      : connection_(connection), facts_(facts), now_(now), business_now_(business_now) {}

  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  mysql::Connection& connection() { return connection_; }
  const Facts& facts() const { return facts_; }

  // System time of this write, truncated to microseconds: for create_time, update_time and the
  // journal.
  absl::Time now() const { return now_; }

  // Business time of this write: for rules and legal dates.
  absl::Time business_now() const { return business_now_; }

  // The day in China of business time.
  absl::CivilDay today() const {
    return absl::ToCivilDay(business_now_, absl::FixedTimeZone(8 * 3600));
  }

  // Why the caller does what he does; kept with each change recorded from here on.
  void set_reason(std::string reason) { reason_ = std::move(reason); }

  // What the caller may do by the method, or by the item of a batch, that he calls.
  const access::Scope& scope() const { return scope_; }
  void set_scope(const access::Scope& scope) { scope_ = scope; }

  // Something that the caller asked for is hidden from him: he is told that it does not exist, and
  // not what the same request was answered when it was not.
  void NoteHidden() { hidden_ = true; }
  bool hidden() const { return hidden_; }

  // The most protected data that the caller may see of what he changes: the least of what was
  // noted.
  void NoteView(access::v1::Sensitivity view) { view_ = std::min(view_, view); }
  access::v1::Sensitivity view() const { return view_; }

  // Adds a change to what is appended to the journal. Called by stores only.
  void Record(RecordedChange change) {
    change.reason = reason_;
    changes_.push_back(std::move(change));
  }

  const std::vector<RecordedChange>& changes() const { return changes_; }

  // For items of a batch: forgets the changes recorded since there were `size` of them.
  void Rewind(size_t size) { changes_.resize(size); }

 private:
  mysql::Connection& connection_;
  const Facts& facts_;
  const absl::Time now_;
  const absl::Time business_now_;
  access::Scope scope_ = facts_.scope;
  bool hidden_ = false;
  access::v1::Sensitivity view_ = access::v1::SENSITIVITY_SEALED;
  std::string reason_;
  std::vector<RecordedChange> changes_;
};

}  // namespace qinglian::journal

#endif  // QINGLIAN_COMMON_JOURNAL_TRANSACTION_H_
