#include "services/organization/caller_leases.h"

#include <algorithm>
#include <optional>

#include "absl/time/clock.h"
#include "common/record/record.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace qinglian::organization {
namespace {

// How often to look.
constexpr absl::Duration kPoll = absl::Milliseconds(2);
// Before the caller's deadline, so that he gets an answer.
constexpr absl::Duration kMargin = absl::Milliseconds(100);

std::string TextOf(const google::protobuf::Message& message, const char* field) {
  return message.GetReflection()->GetString(message,
                                            message.GetDescriptor()->FindFieldByName(field));
}

// Where the change stands in the journal; nothing before the sequencer has come to it.
absl::StatusOr<std::optional<uint64_t>> PositionOf(mysql::Connection& connection,
                                                   const std::string& name, int64_t version) {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT p.position FROM journal j JOIN journal_position p "
                                    "ON p.journal_id = j.id WHERE j.resource = ? AND j.version = ?",
                                    {name, version}));
  if (!rows.Next()) return std::nullopt;
  return rows.Uint(0);
}

// Whether every lease that holds has come as far; where the position is not known yet, whether none
// holds.
absl::StatusOr<bool> AllConfirmed(mysql::Connection& connection,
                                  const std::optional<uint64_t>& position) {
  constexpr uint64_t kNoneIsAsFar = UINT64_MAX;
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query("SELECT 1 FROM caller_leases WHERE position < ? AND expires > NOW(6) "
                       "LIMIT 1",
                       {position.value_or(kNoneIsAsFar)}));
  return !rows.Next();
}

}  // namespace

absl::Status RenewLease(mysql::Connection& connection, const std::string& holder, uint64_t position,
                        absl::Duration duration) {
  const int64_t micros =
      absl::ToInt64Microseconds(std::clamp(duration, absl::ZeroDuration(), kMaxLease));
  return connection
      .Execute(
          "INSERT INTO caller_leases (holder, position, expires) "
          "VALUES (?, ?, NOW(6) + INTERVAL ? MICROSECOND) ON DUPLICATE KEY UPDATE "
          "position = VALUES(position), expires = VALUES(expires)",
          {holder, position, micros})
      .status();
}

absl::Status GiveBackLease(mysql::Connection& connection, const std::string& holder) {
  // Those of gateways that died go with it.
  return connection
      .Execute("DELETE FROM caller_leases WHERE holder = ? OR expires < NOW(6) - INTERVAL 1 DAY",
               {holder})
      .status();
}

absl::Status AwaitLeases(rpc::Call& call, const google::protobuf::Message& changed) {
  ASSIGN_OR_RETURN(mysql::Connection * connection, call.database().Acquire());
  ASSIGN_OR_RETURN(const int64_t version, record::VersionOfEtag(TextOf(changed, "etag")));
  const std::string name = TextOf(changed, "name");
  std::optional<uint64_t> position;
  while (absl::Now() + kMargin < call.deadline() && !call.cancelled()) {
    if (!position.has_value()) {
      ASSIGN_OR_RETURN(position, PositionOf(*connection, name, version));
    }
    ASSIGN_OR_RETURN(const bool confirmed, AllConfirmed(*connection, position));
    if (confirmed) return absl::OkStatus();
    absl::SleepFor(kPoll);
  }
  return status::Unavailable(status::kLeasesUnconfirmed, absl::Seconds(1));
}

}  // namespace qinglian::organization
