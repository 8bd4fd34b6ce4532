// The leases that gateways hold on what they were told of callers (caller_service.proto).
#ifndef QINGLIAN_SERVICES_ORGANIZATION_CALLER_LEASES_H_
#define QINGLIAN_SERVICES_ORGANIZATION_CALLER_LEASES_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/mysql/mysql.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace qinglian::organization {

inline constexpr absl::Duration kMaxLease = absl::Seconds(10);

// Renews the lease of `holder`, who has read the journal up to `position`, from now on by the
// database's clock.
absl::Status RenewLease(mysql::Connection& connection, const std::string& holder, uint64_t position,
                        absl::Duration duration);

// Gives the lease back.
absl::Status GiveBackLease(mysql::Connection& connection, const std::string& holder);

// Waits until no gateway acts on what was so before `changed`, a resource as it was just written:
// until every lease that has not run out has confirmed that change. UNAVAILABLE where that takes
// longer than the call has time.
absl::Status AwaitLeases(rpc::Call& call, const google::protobuf::Message& changed);

}  // namespace qinglian::organization

#endif  // QINGLIAN_SERVICES_ORGANIZATION_CALLER_LEASES_H_
