#include "services/organization/caller_service.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock/date.h"
#include "common/id/names.h"
#include "common/status/macros.h"
#include "common/status/status.h"
#include "services/organization/caller_leases.h"

namespace qinglian::organization {
namespace {

absl::Status Unknown() { return status::Error(status::kCallerUnknown); }

// The person at work who has a staff number.
absl::StatusOr<std::string> PersonOf(mysql::Connection& connection,
                                     const std::string& staff_number) {
  ASSIGN_OR_RETURN(mysql::Rows rows,
                   connection.Query("SELECT id FROM persons WHERE staff_number = ? AND "
                                    "employment_state = 'EMPLOYMENT_STATE_EMPLOYED'",
                                    {staff_number}));
  if (!rows.Next()) return Unknown();
  ASSIGN_OR_RETURN(const id::Uuid id, id::Uuid::FromBytes(rows.Bytes(0)));
  return id::FormatName("persons", id);
}

// What delegations let somebody act by.
struct Lent {
  // Whether one of them was made by the delegator himself, who lends all that he has.
  bool in_person = false;
  // When the latest of those that others made came to be.
  absl::Time since = absl::InfinitePast();
  // The first of their last days.
  absl::CivilDay last_day = absl::CivilDay::max();
};

// The delegations that let `actor` act for `delegator`, who is at work, on that day.
// PERMISSION_DENIED, reason DELEGATION_MISSING, where there are none.
absl::StatusOr<Lent> Delegated(mysql::Connection& connection, const std::string& actor,
                               const std::string& delegator, absl::CivilDay day) {
  const auto delegate_id = id::ParseName("persons", actor);
  const auto delegator_id = id::ParseName("persons", delegator);
  if (!delegate_id.ok() || !delegator_id.ok()) return status::Error(status::kDelegationMissing);
  ASSIGN_OR_RETURN(
      mysql::Rows rows,
      connection.Query(
          "SELECT d.maker, d.create_time, d.last_date FROM delegations d JOIN persons p "
          "ON p.id = d.delegator WHERE d.delegate = ? AND d.state = 'STATE_ACTIVE' "
          "AND d.delegator = ? AND d.first_date <= ? AND d.last_date >= ? AND "
          "p.employment_state = 'EMPLOYMENT_STATE_EMPLOYED'",
          {delegate_id->Bytes(), delegator_id->Bytes(), day, day}));
  Lent lent;
  bool any = false;
  for (; rows.Next(); any = true) {
    lent.in_person |= rows.Bytes(0) == delegator;
    lent.since = std::max(lent.since, rows.Time(1));
    lent.last_day = std::min(lent.last_day, rows.Day(2));
  }
  if (!any) return status::Error(status::kDelegationMissing);
  return lent;
}

// From `now` to the end of a day.
google::protobuf::Duration Until(absl::CivilDay last_day, absl::Time now) {
  absl::Duration left = clock::StartOf(last_day + 1) - now;
  google::protobuf::Duration duration;
  duration.set_seconds(absl::IDivDuration(left, absl::Seconds(1), &left));
  duration.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(left)));
  return duration;
}

}  // namespace

CallerService::CallerService(const serving::Environment& environment)
    : environment_(environment),
      methods_(environment.pipeline, "qinglian.organization.v1.CallerService",
               environment.journal) {
  methods_.Read("ResolveCaller", this, &CallerService::Resolve);
  methods_.Read("RenewLease", this, &CallerService::Renew);
  // A gateway without its lease refuses everybody, and revocations that wait for one fill the
  // workers.
  methods_.service().Reserve("RenewLease");
}

absl::StatusOr<v1::ResolveCallerResponse> CallerService::Resolve(
    rpc::Call&, mysql::Connection& connection, const v1::ResolveCallerRequest& request) {
  const absl::Time now = environment_.business_clock.Now();
  const absl::CivilDay today = clock::DayOf(now);
  if (request.client().empty() && request.staff_number().empty()) return Unknown();
  v1::ResolveCallerResponse response;
  if (!request.client().empty()) {
    ASSIGN_OR_RETURN(*response.mutable_client(), ActiveClient(connection, request.client()));
    response.set_actor(request.client());
  }
  if (!request.staff_number().empty()) {
    ASSIGN_OR_RETURN(*response.mutable_actor(), PersonOf(connection, request.staff_number()));
  }
  ASSIGN_OR_RETURN(Holding holding,
                   HoldingOf(connection, response.actor(), request.acting_for(), today));
  for (access::v1::Grant& grant : holding.grants) *response.add_grants() = std::move(grant);
  if (holding.last_day.has_value()) *response.mutable_valid_for() = Until(*holding.last_day, now);
  return response;
}

absl::StatusOr<Holding> CallerService::HoldingOf(mysql::Connection& connection,
                                                 const std::string& actor,
                                                 const std::string& acting_for,
                                                 absl::CivilDay today) const {
  if (acting_for.empty()) return bindings_.HoldingOf(connection, actor, today);
  ASSIGN_OR_RETURN(const Lent lent, Delegated(connection, actor, acting_for, today));
  ASSIGN_OR_RETURN(Holding holding,
                   lent.in_person
                       ? bindings_.HoldingOf(connection, acting_for, today)
                       : bindings_.LentHoldingOf(connection, acting_for, today, lent.since));
  holding.last_day = std::min(holding.last_day.value_or(lent.last_day), lent.last_day);
  return holding;
}

absl::StatusOr<v1::Client> CallerService::ActiveClient(mysql::Connection& connection,
                                                       const std::string& name) const {
  absl::StatusOr<v1::Client> client = clients_.Get(connection, name);
  if (absl::IsNotFound(client.status()) || absl::IsInvalidArgument(client.status()))
    return Unknown();
  if (client.ok() && client->state() != v1::Client::STATE_ACTIVE) return Unknown();
  return client;
}

absl::StatusOr<v1::RenewLeaseResponse> CallerService::Renew(rpc::Call&,
                                                            mysql::Connection& connection,
                                                            const v1::RenewLeaseRequest& request) {
  if (request.leave()) {
    RETURN_IF_ERROR(GiveBackLease(connection, request.holder()));
    return v1::RenewLeaseResponse();
  }
  const absl::Duration duration =
      absl::Seconds(request.duration().seconds()) + absl::Nanoseconds(request.duration().nanos());
  RETURN_IF_ERROR(RenewLease(connection, request.holder(), request.position(), duration));
  return v1::RenewLeaseResponse();
}

}  // namespace qinglian::organization
