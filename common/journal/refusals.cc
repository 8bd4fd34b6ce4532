#include "common/journal/refusals.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/clock/date.h"
#include "common/journal/row.h"
#include "common/mysql/transact.h"
#include "common/status/macros.h"

namespace qinglian::journal {
namespace {

// Callers, methods and reasons that are told apart; what is beyond them is summed up as one.
constexpr size_t kMaxSums = 10'000;

constexpr char kNoPermission[] = "PERMISSION_DENIED";
constexpr char kHidden[] = "HIDDEN";

}  // namespace

void Refusals::Sum::Add(const Sum& other) {
  count += other.count;
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

void Refusals::Add(Sums& sums, Key key, const Sum& sum) const {
  if (sums.size() >= kMaxSums && sums.count(key) == 0) key = {};
  sums[std::move(key)].Add(sum);
}

void Refusals::Refused(const rpc::Caller& caller, const std::string& method,
                       const absl::Status& status) {
  const absl::Time now = journal_.system_clock().Now();
  const char* reason = absl::IsPermissionDenied(status) ? kNoPermission : kHidden;
  std::lock_guard lock(mutex_);
  Add(sums_, {caller.actor, caller.acting_for, caller.client, method, reason}, {1, now, now});
}

absl::Status Refusals::Write(mysql::Connection& connection, const Key& key, const Sum& sum) const {
  Facts facts;
  std::string reason;
  std::tie(facts.actor, facts.acting_for, facts.client, facts.method, reason) = key;
  facts.request_id = id::Uuid::NewV4();
  facts.request_hash = GenesisHash();
  v1::RefusedAttempts attempts;
  attempts.set_count(sum.count);
  *attempts.mutable_first_time() = clock::ToTimestamp(sum.first);
  *attempts.mutable_last_time() = clock::ToTimestamp(sum.last);
  std::vector<Row> rows = {RowOf(facts, sum.last, 0)};
  rows[0].kind = v1::RefusedAttempts::descriptor()->full_name();
  rows[0].operation = v1::Change::Operation_Name(v1::Change::OPERATION_REFUSED);
  rows[0].after = attempts.SerializeAsString();
  rows[0].reason = reason;
  return InsertRows(connection, rows);
}

absl::Status Refusals::Flush(mysql::Session& session) {
  Sums sums;
  {
    std::lock_guard lock(mutex_);
    sums.swap(sums_);
  }
  if (sums.empty()) return absl::OkStatus();
  const absl::Status status =
      mysql::Transact(session, {}, [&](mysql::Connection& connection) -> absl::Status {
        for (const auto& [key, sum] : sums) RETURN_IF_ERROR(Write(connection, key, sum));
        return absl::OkStatus();
      });
  if (!status.ok()) {
    std::lock_guard lock(mutex_);
    for (const auto& [key, sum] : sums) Add(sums_, key, sum);
    return status;
  }
  journal_.counts().refusals += sums.size();
  journal_.Wake();
  return absl::OkStatus();
}

}  // namespace qinglian::journal
